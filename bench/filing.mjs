// Durable commands over HTTP: dossiers filed and received at a counter, then the first step of each completed, with 1, 64 and 256
// connections; in the same run the same server's answer without database (/healthz) and, on the same file, a bare loop that writes
// the same rows in the same groups (bare_rows). Beside it what each command makes the server write to the disk, and how many events the
// slowest follower is behind at the end of the load. Also the time to the first answer, memory idle and under load, import of the
// national records.
// usage: node bench/filing.mjs [SECONDS]   needs build/release (./dev build); prints a table and one JSON line
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const seconds = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 3);
const port = 18000 + (process.pid % 2000);
const data = mkdtempSync(join(tmpdir(), "motcua-bench-"));
const scratch = mkdtempSync(join(tmpdir(), "motcua-bench-"));
const motcua = "build/release/motcua", load = "build/release/bench/motcua-load", bare = "build/release/bench/bare_rows";
const base = `http://127.0.0.1:${port}`;
const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const lastLine = (text) => JSON.parse(text.trim().split("\n").at(-1));

let server;
async function start() {
    const began = performance.now();
    // One address and one account stand for a whole province here.
    const unlimited = Object.fromEntries(["ACCOUNT_READS", "ACCOUNT_WRITES", "ACCOUNT_LOOK_UPS", "ADDRESS_READS", "ADDRESS_WRITES"]
        .map((name) => [`MOTCUA_LIMITS_${name}`, "0"]));
    server = spawn(motcua, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: "ignore", env: { ...process.env, ...unlimited } });
    for (;;) {
        const took = performance.now() - began;
        if (await fetch(`${base}/healthz`).then((answer) => answer.ok, () => false)) return took;
        if (took > 20_000) throw new Error("the server did not answer within 20 s");
        await sleep(1);
    }
}
async function stop() {
    if (!server || server.exitCode !== null) return;
    server.kill("SIGTERM");
    await new Promise((done) => server.once("exit", done));
}

const measure = (connections, arguments_) => lastLine(execFileSync(load, ["--port", String(port), "--connections", String(connections),
    "--seconds", String(seconds), "--pid", String(server.pid), ...arguments_], { encoding: "utf8" }));
async function counters() {
    const text = await fetch(`${base}/metrics`).then((answer) => answer.text());
    const value = (name) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)[1]);
    const behind = [...text.matchAll(/^motcua_follower_lag\{[^}]*\} (\d+)/gm)].map((found) => Number(found[1]));
    // Not write_bytes: the kernel counts a whole large folio there for every few blocks of it that are written.
    const written = Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${server.pid}/io`, "utf8"))[1]);
    return { groups: value("motcua_commit_groups_total"), commits: value("motcua_commits_total"), position: value("motcua_ledger_position"),
        behind: Math.max(...behind), written };
}
/** Measures one load and what the writer did meanwhile. */
async function commands(connections, arguments_) {
    const before = await counters();
    const result = measure(connections, [...arguments_, "--keys", "--header", `Authorization: Bearer ${session.token}`]);
    const after = await counters();
    if (result.refused > 0) throw new Error(`${result.refused} requests were refused`);
    const group = Math.max(1, Math.round((after.commits - before.commits) / Math.max(1, after.groups - before.groups)));
    const kib_written = ((after.written - before.written) / 1024 / result.answers).toFixed(1);
    return { ...result, group, kib_written, behind: after.behind, since: before.position, until: after.position };
}

let session;
try {
    const prepared = execFileSync(motcua, ["demo", "--data", data, "--prepare", "--empty"], { encoding: "utf8" });
    const password = /password of all: (\S+)/.exec(prepared)[1];
    const first = await start();
    const idle = resident(server.pid);
    session = await fetch(`${base}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_name: "dongyen.tiepnhan", password, bearer: true }) }).then((answer) => answer.json());
    const body = JSON.stringify({ procedure: "2.000908", channel: "counter", receive_at: session.units[0].code,
        applicant: { name: "Người nộp thử {n}", id_number: "091187000123", phone: "0912345678" } });

    const rows = [];
    let loaded = idle;
    for (const connections of [1, 64, 256]) {
        const open = measure(connections, ["--path", "/healthz"]);
        const answers = join(scratch, `answers-${connections}`);
        const filed = await commands(connections, ["--path", "/api/v1/dossiers", "--body", body, "--answers", answers]);
        const lines = readFileSync(answers, "utf8").trim().split("\n").map((line) => JSON.parse(line))
            .map((dossier) => `/api/v1/dossiers/${dossier.id}/complete-step\t${JSON.stringify({ task: dossier.tasks[0].id })}\n`);
        writeFileSync(`${answers}.steps`, lines.join(""));
        const completed = await commands(connections, ["--lines", `${answers}.steps`]);
        loaded = Math.max(loaded, resident(server.pid));
        rows.push({ connections, open, filed, completed });
    }
    await stop();
    const again = await start();
    await stop();

    const records = join(process.env.CONFORMANCE_DIR ?? "../shared/conformance", "procedures/national.jsonl");
    let imported;
    if (existsSync(records)) {
        const began = performance.now();
        execFileSync(motcua, ["import", "procedures", "--format", "dvcqg", "--data", data, records], { stdio: "ignore" });
        imported = performance.now() - began;
    }

    // Last: the rows it writes belong to no dossier.
    for (const row of rows)
        for (const load of [row.filed, row.completed])
            load.bare = lastLine(execFileSync(bare, ["--database", join(data, "motcua.db"), "--since", String(load.since), "--until",
                String(load.until), "--group", String(load.group), "--seconds", String(seconds)], { encoding: "utf8" }));

    const ratio = (a, b) => (a / b).toFixed(2);
    console.log("| connections | command | a second | p50 ms | p99 ms | server cpu µs | commands a group | KiB written | events behind | × no database | × bare rows |");
    console.log("|---|---|---|---|---|---|---|---|---|---|---|");
    for (const { connections, open, filed, completed } of rows)
        for (const [name, load] of [["file and receive", filed], ["complete a step", completed]])
            console.log(`| ${connections} | ${name} | ${load.per_second} | ${load.p50_ms} | ${load.p99_ms} | ${load.server_cpu_us} | ${load.group} | ${load.kib_written} | ` +
                `${load.behind} | ${ratio(load.per_second, open.per_second)} | ${ratio(load.per_second, load.bare.per_second)} |`);
    console.log(`first answer after start: ${first.toFixed(0)} ms, with ${rows.at(-1).completed.until} events ${again.toFixed(0)} ms`);
    console.log(`memory: idle ${idle.toFixed(0)} MB, under load ${loaded.toFixed(0)} MB`);
    if (imported) console.log(`import of the national records: ${imported.toFixed(0)} ms`);
    console.log(JSON.stringify({ first_answer_ms: first, again_ms: again, idle_mb: idle, loaded_mb: loaded, import_ms: imported, rows }));
} finally {
    await stop();
    rmSync(data, { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
}
