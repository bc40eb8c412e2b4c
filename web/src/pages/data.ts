// The data block that the server put into the page, and the texts of the page's script.
import type { Messages } from "../core/i18n/t";

function read(id: string): unknown {
    return JSON.parse(document.getElementById(id)?.textContent || "{}");
}

export const pageData = <T>(): T => read("d") as T;
export const pageMessages = (): Messages => read("m") as Messages;
export const csrfToken = (): string => document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
