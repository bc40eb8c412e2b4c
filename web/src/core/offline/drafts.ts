// Drafts of forms on this device, so that a lost connection or a closed window costs nothing. A draft holds the answers (never files),
// the idempotency key once sending began, and when it was saved; it dies when the dossier is received, on request, or after its time.
import type { Store } from "./db";

export interface Draft {
    values: Record<string, unknown>;
    /** Set from the first attempt to send until the server's answer, so that trying again cannot file twice. */
    key?: string;
    saved_at: number;
}

/** A draft lives this long; people are told so in the notice about shared devices. */
export const draft_days_max = 30;
const day_ms = 24 * 3600 * 1000;

export class Drafts {
    constructor(private readonly store: Store, private readonly now: () => number = Date.now) {}

    /** The draft of a form (its id names form, version and person), unless it is too old. */
    async find(id: string): Promise<Draft | undefined> {
        const draft = (await this.store.get(`draft:${id}`)) as Draft | undefined;
        if (!draft || typeof draft.saved_at !== "number" || typeof draft.values !== "object") return undefined;
        if (this.now() - draft.saved_at > draft_days_max * day_ms) {
            await this.drop(id);
            return undefined;
        }
        return draft;
    }

    /** The time it was saved, or undefined when this browser keeps nothing. */
    async save(id: string, values: Record<string, unknown>, key?: string): Promise<number | undefined> {
        const saved_at = this.now();
        const draft: Draft = key === undefined ? { values, saved_at } : { values, key, saved_at };
        return (await this.store.put(`draft:${id}`, draft)) ? saved_at : undefined;
    }

    drop(id: string): Promise<void> {
        return this.store.remove(`draft:${id}`);
    }
}
