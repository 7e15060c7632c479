/**
 * What was asked and not yet acknowledged, in IndexedDB: written before it is sent, deleted on acknowledgement.
 *
 * It survives a reload, a crash and a dead network. Ids, geometry and fields only: no patient's name, no details.
 */

const NAME = 'charting-marking';
const VERSION = 1;

const done = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error('the device refused to keep this'));
});

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export class Outbox {
  static async open() {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const base = request.result;
      base.createObjectStore('steps', { keyPath: 'order', autoIncrement: true }).createIndex('session', 'session');
      base.createObjectStore('kept'); // what an offline reload shows, by its name
    };
    const outbox = new Outbox();
    outbox.base = await answer(request);
    outbox.base.onversionchange = () => outbox.base.close();
    return outbox;
  }

  #writing(store) {
    return this.base.transaction(store, 'readwrite', { durability: 'strict' });
  }

  /** Keep asks of a session, made by a member of staff; resolves when the disk has them. */
  async add(session, by, asks) {
    const transaction = this.#writing('steps');
    const orders = [];
    for (const ask of asks) {
      const request = transaction.objectStore('steps').add({ session, by, ask, state: 'waiting' });
      request.onsuccess = () => orders.push(request.result);
    }
    transaction.commit?.();
    await done(transaction);
    return orders;
  }

  /** Return all steps, or those of a session, in the order in which they were made. */
  async steps(session) {
    const store = this.base.transaction('steps').objectStore('steps');
    return answer(session ? store.index('session').getAll(session) : store.getAll());
  }

  /** Take out what was acknowledged, and keep what was refused with its reason, in one transaction. */
  async settle(acknowledged, refused) {
    const transaction = this.#writing('steps');
    const store = transaction.objectStore('steps');
    for (const step of acknowledged) store.delete(step.order);
    for (const step of refused) store.put({ ...step, state: 'refused' });
    await done(transaction);
  }

  /** Drop refused steps that a person has dismissed. */
  async dismiss(orders) {
    const transaction = this.#writing('steps');
    for (const order of orders) transaction.objectStore('steps').delete(order);
    await done(transaction);
  }

  async keep(name, value) {
    const transaction = this.#writing('kept');
    transaction.objectStore('kept').put(value, name);
    await done(transaction);
  }

  kept(name) {
    return answer(this.base.transaction('kept').objectStore('kept').get(name));
  }
}
