// Fills the form from the sandbox's box of invented accounts.
'use strict';
(() => {
  const list = document.querySelector('[data-accounts]'), find = document.querySelector('[data-find]');
  let waiting;

  list?.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    document.getElementById('username').value = button.dataset.username;
    document.getElementById('password').value = button.dataset.password;
    document.querySelector('.enter').focus();
  });

  function row(account) {
    const item = document.createElement('li'), button = document.createElement('button');
    const name = document.createElement('b'), user = document.createElement('span'), word = document.createElement('span');
    [name.textContent, user.textContent, word.textContent] = [account.name, account.username, account.password];
    button.type = 'button';
    Object.assign(button.dataset, { username: account.username, password: account.password });
    button.append(name, user, word);
    item.append(button);
    return item;
  }

  find?.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const answer = await fetch(`/cas/accounts?q=${encodeURIComponent(find.value)}`);
      if (answer.ok) list.replaceChildren(...(await answer.json()).map(row));
    }, 200);
  });
})();
