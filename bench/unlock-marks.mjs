/**
 * Put into the product's pages before their own scripts: notes the moments at which an unlock reaches for something of the
 * browser's. What lies between two of them is one part of it, so that the product carries no clock for this.
 */
{
  const mark = (what) => performance.mark(`bench ${what}`);

  // The dialog's form: a PIN was typed.
  document.addEventListener('submit', () => mark('typed'), true);

  const send = globalThis.fetch;
  globalThis.fetch = async (address, options) => {
    const { pathname } = new URL(address instanceof Request ? address.url : address, location.href);
    mark(`ask ${pathname}`);
    const response = await send(address, options);
    const read = response.json.bind(response);
    response.json = async () => {
      const answer = await read();
      mark(`answer ${pathname}`);
      return answer;
    };
    return response;
  };

  const before = (prototype, name, what) => {
    const own = prototype[name];
    prototype[name] = function (...given) {
      mark(what);
      return own.apply(this, given);
    };
  };
  const around = (prototype, name) => {
    const own = prototype[name];
    prototype[name] = function (...given) {
      mark(name);
      const result = own.apply(this, given);
      const done = () => mark(`${name} done`);
      result.then(done, done);
      return result;
    };
  };
  before(Crypto.prototype, 'getRandomValues', 'random');
  before(IDBFactory.prototype, 'open', 'store');
  before(IDBDatabase.prototype, 'transaction', 'store');
  for (const name of ['importKey', 'decrypt', 'sign']) around(SubtleCrypto.prototype, name);
}
