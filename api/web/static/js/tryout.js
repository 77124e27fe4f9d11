// Tries an operation on the simulation. Key and token live in this module's memory: no storage, no cookie, no other host.
// A token is fetched by private_key_jwt (RFC 7523) and bound to the same key by DPoP (RFC 9449), as every client has to.
const part = document.querySelector('#thu-ngay');
const one = (selector) => part.querySelector(selector);
const text = new TextEncoder();
let key = null; // {sign, jwk, kid}
let token = null; // {value, scheme}
const nonces = {};

const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const spelt = (value) => b64(text.encode(JSON.stringify(value)));
const digest = async (words) => b64(await crypto.subtle.digest('SHA-256', text.encode(words)));
const now = () => Math.floor(Date.now() / 1000);

async function load(file) {
  const jwk = JSON.parse(await file.text());
  const plain = { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  const sign = await crypto.subtle.importKey('jwk', { ...plain, d: jwk.d }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  // RFC 7638: the members in this order, without blanks.
  key = { sign, jwk: plain, kid: await digest(JSON.stringify(plain)) };
}

async function signed(head, claims) {
  const words = `${spelt(head)}.${spelt(claims)}`;
  return `${words}.${b64(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.sign, text.encode(words)))}`;
}

async function proof(method, url, realm) {
  const claims = { jti: crypto.randomUUID(), htm: method, htu: url.split(/[?#]/)[0], iat: now() };
  if (realm === 'api') claims.ath = await digest(token.value);
  if (nonces[realm]) claims.nonce = nonces[realm];
  return signed({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk }, claims);
}

async function fetchToken() {
  const issuer = part.dataset.base;
  const client = one('#t-he-thong').value.trim();
  for (let tries = 0; tries < 2; tries += 1) {
    const claims = { iss: client, sub: client, aud: issuer, jti: crypto.randomUUID(), iat: now(), exp: now() + 60 };
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: part.dataset.scopes,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signed({ alg: 'ES256', typ: 'JWT', kid: key.kid }, claims),
    });
    const headers = { DPoP: await proof('POST', `${issuer}/oauth2/token`, 'token') };
    const answer = await fetch('/oauth2/token', { method: 'POST', body: form, headers, credentials: 'omit', cache: 'no-store' });
    nonces.token = answer.headers.get('DPoP-Nonce') || nonces.token;
    const said = await answer.json();
    if (answer.ok) {
      token = { value: said.access_token, scheme: said.token_type };
      return `${said.token_type}, ${said.expires_in} s: ${said.scope || ''}`;
    }
    if (said.error !== 'use_dpop_nonce') return `${answer.status} ${said.error}: ${said.error_description || ''}`;
  }
  return 'use_dpop_nonce';
}

// A request_id stands for one body and is refused with another: words that were changed since are a new question.
let sent = null; // {id, body}
function renewed(body) {
  let id;
  try { id = JSON.parse(body).request_id; } catch { /* told by the service */ }
  if (typeof id !== 'string' || (sent && (sent.id !== id || sent.body === body))) return body;
  // The example's own id was sent by whoever tried it before.
  const next = sent || id === example ? body.replace(id, crypto.randomUUID()) : body;
  one('#t-than').value = next;
  return next;
}
const example = (() => { try { return JSON.parse(one('#t-than').value).request_id; } catch { return undefined; } })();

async function send() {
  const { base, method, media } = part.dataset;
  let path = part.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of part.querySelectorAll('input[data-name]')) {
    const { name, place } = input.dataset;
    if (input.required && !input.value.trim()) { input.focus(); throw new Error(`${part.dataset.needed}: ${name}`); }
    if (place === 'path') path = path.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (!input.value) continue;
    else if (place === 'query') query.append(name, input.value);
    else if (place === 'header') headers[name] = input.value;
  }
  const target = path + (query.size ? `?${query}` : '');
  let body = one('#t-than')?.value;
  if (body && media) {
    if (media === 'application/json') {
      body = renewed(body);
      try { sent = { id: JSON.parse(body).request_id, body }; } catch { /* told by the service */ }
    }
    headers['Content-Type'] = media;
    if (media === 'application/x-www-form-urlencoded' && body.trim().startsWith('{')) body = new URLSearchParams(JSON.parse(body)).toString();
  }
  let answer;
  for (let tries = 0; tries < 2; tries += 1) {
    if (token) {
      headers.Authorization = `${token.scheme} ${token.value}`;
      headers.DPoP = await proof(method, base + path, 'api');
    }
    answer = await fetch(target, { method, headers, body: media ? body : undefined, credentials: 'omit', cache: 'no-store' });
    const fresh = answer.headers.get('DPoP-Nonce');
    if (!(answer.status === 401 && fresh && fresh !== nonces.api)) break;
    nonces.api = fresh;
  }
  const said = (await answer.text()).slice(0, 20000);
  let shown = said;
  try { shown = JSON.stringify(JSON.parse(said), null, 2); } catch { /* no JSON: as it came */ }
  one('#t-ma').textContent = `${answer.status} ${answer.headers.get('Content-Type') || ''}`;
  one('#t-noi-dung').textContent = shown;
  one('#t-tra').hidden = false;
}

const told = (selector, work) => async () => {
  try { await work(); } catch (error) { one(selector).textContent = String(error.message || error); one('#t-tra').hidden = false; }
};

one('#t-lay')?.addEventListener('click', told('#t-token', async () => {
  const [file] = one('#t-khoa').files;
  if (file) await load(file);
  one('#t-token').textContent = key ? await fetchToken() : '–';
}));
one('#t-gui').addEventListener('click', told('#t-ma', send));
