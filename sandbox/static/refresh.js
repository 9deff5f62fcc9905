// A list that grows by itself: the page is asked for again, and its main part exchanged when it differs.
'use strict';
(() => {
  let failures = 0;
  async function look() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) throw new Error(answer.status);
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      failures = 0;
      for (const place of ['main', '[data-now]']) {
        const old = document.querySelector(place), now = fresh.querySelector(place);
        if (old && now && old.innerHTML !== now.innerHTML) old.innerHTML = now.innerHTML;
      }
    } catch { failures += 1; }
  }
  (function again() { setTimeout(() => { look().finally(again); }, failures ? Math.min(8000, 1500 * 2 ** failures) : 1500); })();
})();
