/** A sheet named in the route's query, so that Back closes it and nothing else. */
import { computed, type ComputedRef } from "vue";
import { useRoute, useRouter } from "vue-router";

export interface Sheet {
  open: ComputedRef<boolean>;
  show: () => void;
  close: () => void;
}

export function useSheet(name: string): Sheet {
  const route = useRoute();
  const router = useRouter();
  const open = computed(() => route.query.sheet === name);

  function show(): void {
    if (!open.value) void router.push({ query: { ...route.query, sheet: name } });
  }

  function close(): void {
    if (!open.value) return;
    // We opened it ourselves: go back, leaving no second entry. Entered by address: just take the name away.
    if (window.history.state?.back) router.back();
    else void router.replace({ query: { ...route.query, sheet: undefined } });
  }

  return { open, show, close };
}
