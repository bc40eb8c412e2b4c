// Durable filings over HTTP: dossiers filed and received at a counter, with 1, 64 and 256 connections, beside the same server's
// answer without database (/healthz) in the same run. Time to the first answer, memory idle and under load.
// usage: node bench/filing.mjs [SECONDS]   needs build/release (./dev build); prints a table and one JSON line
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const seconds = Number(process.argv[2] ?? 3);
const port = 18000 + (process.pid % 2000);
const data = mkdtempSync(join(tmpdir(), "motcua-bench-"));
const motcua = "build/release/motcua", load = "build/release/bench/motcua-load";
const base = `http://127.0.0.1:${port}`;
const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const prepared = execFileSync(motcua, ["demo", "--data", data, "--prepare"], { encoding: "utf8" });
const password = /password of all: (\S+)/.exec(prepared)[1];
const began = performance.now();
const server = spawn(motcua, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: "ignore" });
const measure = (path, connections, extra = []) =>
    JSON.parse(execFileSync(load, ["--port", String(port), "--path", path, "--connections", String(connections), "--seconds", String(seconds),
        "--pid", String(server.pid), ...extra], { encoding: "utf8" }).trim().split("\n").at(-1));
try {
    let first;
    for (;;) {
        first = performance.now() - began;
        if (await fetch(`${base}/healthz`).then((answer) => answer.ok, () => false)) break;
        if (first > 20_000) throw new Error("the server did not answer within 20 s");
        await sleep(1);
    }
    const idle = rss(server.pid);
    const session = await fetch(`${base}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_name: "dongyen.tiepnhan", password, bearer: true }) }).then((answer) => answer.json());
    const unit = session.units[0].code;
    const body = JSON.stringify({ procedure: "2.000908", channel: "counter", receive_at: unit,
        applicant: { name: "Người nộp thử {n}", id_number: "091187000123", phone: "0912345678" } });
    const probe = await fetch(`${base}/api/v1/dossiers`, { method: "POST", body: body.replace("{n}", "0"),
        headers: { "content-type": "application/json", authorization: `Bearer ${session.token}` } });
    if (probe.status !== 201) throw new Error(`a filing was refused: ${await probe.text()}`);

    const rows = [];
    for (const connections of [1, 64, 256]) {
        const bare = measure("/healthz", connections);
        const filed = measure("/api/v1/dossiers", connections, ["--keys", "--body", body, "--header", `Authorization: Bearer ${session.token}`]);
        rows.push({ connections, bare, filed });
    }
    const loaded = rss(server.pid);
    console.log(`first answer ${first.toFixed(0)} ms, memory idle ${idle.toFixed(0)} MB, after load ${loaded.toFixed(0)} MB`);
    for (const { connections, bare, filed } of rows)
        console.log(`${connections} connections: ${JSON.stringify(filed)}\n  without database: ${JSON.stringify(bare)}`);
    console.log(JSON.stringify({ first_answer_ms: first, idle_mb: idle, loaded_mb: loaded, rows }));
} finally {
    server.kill("SIGTERM");
    await new Promise((done) => server.once("exit", done));
    rmSync(data, { recursive: true, force: true });
}
