// The smallest useful wrapper of IndexedDB: one database, one store of values by key.
// Every failure (private window, no space, old browser) counts as “nothing there”: a form must work without it.

export interface Store {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<boolean>;
    remove(key: string): Promise<void>;
}

/** A store in this browser. Opening is lazy; each operation tells whether it worked. */
export function openStore(name = "motcua"): Store {
    let opening: Promise<IDBDatabase> | undefined;
    const open = () =>
        (opening ??= new Promise((resolve, reject) => {
            const request = indexedDB.open(name, 1);
            request.onupgradeneeded = () => request.result.createObjectStore("values");
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        }));
    async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
        const transaction = (await open()).transaction("values", mode);
        return new Promise((resolve, reject) => {
            const request = act(transaction.objectStore("values"));
            transaction.oncomplete = () => resolve(request.result);
            transaction.onabort = transaction.onerror = () => reject(transaction.error);
        });
    }
    return {
        get: (key) => run("readonly", (store) => store.get(key) as IDBRequest<unknown>).catch(() => undefined),
        put: (key, value) => run("readwrite", (store) => store.put(value, key)).then(() => true, () => false),
        remove: (key) => run("readwrite", (store) => store.delete(key)).then(() => undefined, () => undefined),
    };
}
