// What outlives the page, in this browser alone: the locked keys of each order. None is ever
// written over, since a request that is under way cannot be taken back.
const NAME = "balcao-emissao";
const ROWS = "chaves";

const answered = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const run = async (mode, act) => {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(ROWS, { keyPath: ["order", "id"] });
  const database = await answered(opening);
  try {
    const transaction = database.transaction(ROWS, mode, { durability: "strict" });
    const over = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await answered(act(transaction.objectStore(ROWS)));
    await over;
    return result;
  } finally {
    database.close();
  }
};

const of = (order) => IDBKeyRange.bound([order], [order, []]);

export const find = (order) => run("readonly", (rows) => rows.getAll(of(order)));
export const keep = (row) => run("readwrite", (rows) => rows.add(row));
export const erase = (order) => run("readwrite", (rows) => rows.delete(of(order)));
