// Vietnamese text for comparing: "Hoà", "hòa" (composed or decomposed) and "HOA" fold to the same key, and so do đ and d.
// The server's search key (src/base/text) is the reference; this one serves lists that are already in the page.

/** Lower case, no diacritics, đ → d, every run of other characters one space, trimmed. */
export function fold(text: string): string {
    return text
        .normalize("NFD")
        .replace(/\p{M}+/gu, "")
        .toLowerCase()
        .replace(/đ/g, "d")
        .replace(/[^a-z0-9]+/g, " ")
        .trim();
}

/** Whether every word of `query` begins some word of `text`, order aside. An empty query matches. */
export function matches(text: string, query: string): boolean {
    const words = ` ${fold(text)}`;
    return fold(query)
        .split(" ")
        .every((word) => words.includes(` ${word}`));
}
