// A person at a browser, played with fetch, a cookie jar and the forms of the
// pages.
import assert from 'node:assert/strict';

// person signs in with the temporary password of the task, and chooses the
// personal one.
export const person = (task) => {
  const cookies = new Map();

  const keep = (response) => {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((s) => s.trim());
      const at = pair.indexOf('=');
      const gone = attributes.some((a) => /^max-age=(0|-\d+)$/i.test(a));
      if (gone) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  };

  // visit follows redirects until a page, or until the address belongs to the
  // application.
  const visit = async (address, init = {}) => {
    let url = new URL(address);
    for (let i = 0; i < 10; i += 1) {
      if (!url.href.startsWith(task.issuer)) return { left: url };
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { ...init.headers, cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
      });
      keep(response);
      if (response.status >= 300 && response.status < 400) {
        url = new URL(response.headers.get('location'), url);
        init = {};
        continue;
      }
      const text = await response.text();
      assert.ok(response.status < 500, `${url} answered ${response.status}: ${text}`);
      return { url, text };
    }
    throw new Error('too many redirects');
  };

  const attribute = (tag, name) => {
    const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`, 'i'));
    return found ? found[1].replaceAll('&amp;', '&').replaceAll('&#43;', '+').replaceAll('&#34;', '"') : undefined;
  };

  const submit = (page, values, pressed = {}) => {
    // The page's own form; another one may let somebody else sign in.
    const forms = page.text.match(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/gi) ?? [];
    const leads = (f) => new URL(attribute(f.match(/<form[^>]*>/i)[0], 'action') ?? '', page.url).pathname;
    const form = forms.find((f) => leads(f) === page.url.pathname) ?? forms[0];
    assert.ok(form, `no form at ${page.url}:\n${page.text}`);
    const body = new URLSearchParams();
    for (const [tag] of form.matchAll(/<input[^>]*>/gi)) {
      const name = attribute(tag, 'name');
      const type = attribute(tag, 'type');
      if (!name || type === 'checkbox' || type === 'submit') continue;
      body.set(name, values[attribute(tag, 'id')] ?? attribute(tag, 'value') ?? '');
    }
    for (const [name, value] of Object.entries(pressed)) body.set(name, value);
    const action = new URL(attribute(form.match(/<form[^>]*>/i)[0], 'action') ?? '', page.url);
    return visit(action, { method: 'POST', body, headers: { origin: page.url.origin, 'sec-fetch-site': 'same-origin' } });
  };

  // signIn goes on from page to page, until the address belongs to the application
  // or there is nothing to do.
  const signIn = async (address) => goOn(await visit(address));

  const goOn = async (start) => {
    let page = start;
    for (let i = 0; i < 4 && !page.left; i += 1) {
      if (page.text.includes('id="shares"') || page.text.includes('name="answer"')) {
        page = await submit(page, {}, { answer: 'allow' });
      } else if (page.text.includes('id="new-password"')) {
        page = await submit(page, { 'new-password': task.personal, confirm: task.personal });
      } else if (page.text.includes('id="password"')) {
        page = await submit(page, { userid: task.user_id, password: task.temporary });
      } else {
        return page;
      }
    }
    return page.left ?? page;
  };

  return { visit, submit, signIn, goOn };
};
