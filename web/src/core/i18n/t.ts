// Message look-up: a catalogue is a flat object of key to sentence with {placeholders}.
export type Messages = Record<string, string>;
export type Translate = (key: string, params?: Record<string, string | number>) => string;

/** The sentence of `key` with its placeholders filled; an unknown key comes back as itself, so that a gap shows in tests. */
export function translator(messages: Messages): Translate {
    return (key, params = {}) =>
        (messages[key] ?? key).replace(/\{(\w+)\}/g, (all, name: string) => (name in params ? String(params[name]) : all));
}
