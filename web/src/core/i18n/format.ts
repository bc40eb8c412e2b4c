// Dates, times and money as people in Vietnam write them, in every interface language.

const two = (n: string | number) => String(n).padStart(2, "0");

/** "2026-11-21" or a full time → "21/11/2026"; anything else comes back unchanged. */
export function formatDay(iso: string): string {
    const m = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
    return m ? `${m[3]}/${m[2]}/${m[1]}` : iso;
}

/** "2026-11-21T08:30…" → "08:30 21/11/2026", without converting the zone: the server sends local times with their offset. */
export function formatTime(iso: string): string {
    const m = /^\d{4}-\d{2}-\d{2}T(\d{2}):(\d{2})/.exec(iso);
    return m ? `${m[1]}:${m[2]} ${formatDay(iso)}` : formatDay(iso);
}

/** Clock time of this device: "08:05". */
export function formatClock(at: Date): string {
    return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Whole đồng: 25000 → "25.000 đ". */
export function formatDong(amount: number): string {
    const sign = amount < 0 ? "-" : "";
    return `${sign}${String(Math.abs(Math.trunc(amount))).replace(/\B(?=(\d{3})+$)/g, ".")} đ`;
}

/** Bytes for people: 1536 → "1,5 KB"; 1000 is the step, as in the server's limits, one decimal below ten. */
export function formatBytes(bytes: number): string {
    const units = ["B", "KB", "MB", "GB"];
    let unit = 0;
    let value = bytes;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    const text = unit > 0 && value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
    return `${text.replace(".", ",")} ${units[unit]}`;
}
