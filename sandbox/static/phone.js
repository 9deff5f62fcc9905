// A phone: new lines appear by themselves, the bar toggles, forms are sent without leaving the chat.
'use strict';
(() => {
  const body = document.body, chat = document.getElementById('chat');
  const openid = body.dataset.openid, framed = window.top !== window.self;
  const atBottom = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 160;
  const toBottom = () => scrollTo(0, document.documentElement.scrollHeight);
  let busy = false, failures = 0;

  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
  // Inside a frame a page of another server could not be shown: it gets its own tab.
  const aim = () => {
    const target = framed || stored('sbx_newtab') === '1' ? '_blank' : '';
    document.querySelectorAll('a[data-opens]').forEach((a) => { a.target = target; a.rel = target && 'opener'; });
  };

  async function look() {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(`/phone/${openid}/news?after=${body.dataset.last}`, { headers: { Accept: 'application/json' } });
      if (!answer.ok) throw new Error(answer.status);
      const news = await answer.json();
      failures = 0;
      document.querySelectorAll('[data-now]').forEach((e) => { if (e.textContent !== news.now) e.textContent = news.now; });
      if (news.shape !== body.dataset.shape) { location.reload(); return; }
      if (news.html && news.last > Number(body.dataset.last)) add(news);
    } catch { failures += 1; } finally { busy = false; }
  }

  function add(news) {
    const stay = !atBottom(), box = document.createElement('template');
    box.innerHTML = news.html;
    for (const line of box.content.children) line.classList.add('arrived');
    document.querySelector('[data-blank]')?.remove();
    chat.append(box.content);
    body.dataset.last = news.last;
    aim();
    if (!stay) toBottom();
  }

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('[data-quiet]')) return;
    event.preventDefault();
    const data = new FormData(form);
    if (form.matches('.type')) form.reset();
    form.closest('details')?.removeAttribute('open');
    const button = form.querySelector('button:not([type=button])');
    button.disabled = true;
    try { await fetch(form.action, { method: 'POST', body: data, redirect: 'manual' }); } finally { button.disabled = false; }
    if (form.matches('.type')) { toBottom(); form.elements.text.focus(); }
    look();
  });

  document.addEventListener('click', (event) => {
    const keys = event.target.closest('[data-keys]'), foot = document.querySelector('.foot');
    if (keys) {
      foot.dataset.mode = foot.dataset.mode === 'keys' ? 'menu' : 'keys';
      const field = foot.querySelector('input[name=text]');
      if (foot.dataset.mode === 'keys') field.focus(); else foot.querySelector('.menu .toggle').focus();
    }
    const sheet = document.getElementById('sheet');
    if (event.target.closest('[data-sheet]')) sheet.showModal();
    if (event.target.closest('[data-close]') || event.target === sheet) sheet.close();
    const tab = event.target.closest('[data-newtab]');
    if (tab) { store('sbx_newtab', tab.getAttribute('aria-checked') === 'true' ? '0' : '1'); showTab(tab); aim(); }
    if (!event.target.closest('.menu details')) document.querySelectorAll('.menu details[open]').forEach((d) => d.removeAttribute('open'));
  });
  const showTab = (tab) => tab.setAttribute('aria-checked', String(stored('sbx_newtab') === '1'));

  showTab(document.querySelector('[data-newtab]'));
  aim();
  toBottom();
  addEventListener('pageshow', look);
  document.addEventListener('visibilitychange', look);
  // Quick while all is well; a sandbox that is away is not hammered.
  (function again() { setTimeout(() => { look().finally(again); }, failures ? Math.min(8000, 800 * 2 ** failures) : 800); })();
})();
