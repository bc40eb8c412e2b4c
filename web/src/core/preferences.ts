// What a visitor chose about the display. A cookie, so that the server's next page comes out right from the first byte.
export type TextSize = "normal" | "large" | "larger";

export interface Preferences {
    text: TextSize;
    contrast: boolean;
}

const sizes: TextSize[] = ["normal", "large", "larger"];

/** Reads the preferences from a cookie header or `document.cookie`; unknown values count as the default. */
export function readPreferences(cookies: string): Preferences {
    const value = (name: string) => new RegExp(`(?:^|; )${name}=([a-z]+)`).exec(cookies)?.[1];
    const text = value("text") as TextSize;
    return { text: sizes.includes(text) ? text : "normal", contrast: value("contrast") === "more" };
}

/** normal → large → larger → normal. */
export function nextSize(size: TextSize): TextSize {
    return sizes[(sizes.indexOf(size) + 1) % sizes.length]!;
}

/** The class list of <html> for these preferences. */
export function rootClass(preferences: Preferences): string {
    return [preferences.text === "normal" ? "" : preferences.text, preferences.contrast ? "contrast" : ""].filter(Boolean).join(" ");
}
