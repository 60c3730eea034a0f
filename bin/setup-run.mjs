// What every part of set-up uses: saying what happens, running a program, and giving up with one sentence.
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const project = dirname(dirname(fileURLToPath(import.meta.url)));
export const isRoot = process.geteuid?.() === 0;

export function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

/** An error that setup.mjs prints as one sentence and the way out of it. */
export function fail(message, fix) {
  throw Object.assign(new Error(message), { fix });
}

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

/** apt reads these names in small letters only, and people write them either way. */
export function withProxies(environment) {
  const all = { ...environment };
  for (const name of proxyNames) all[name] ||= environment[name.toUpperCase()] ?? "";
  for (const name of proxyNames) if (all[name] === "") delete all[name];
  return all;
}

// biome-ignore lint/style/noProcessEnv: a program that is started inherits all of it
const environment = withProxies(process.env);

/** Most registries are reached by https, for which a proxy that is named for http alone is not used. */
export function proxyForHttpsToo() {
  if (environment.https_proxy || !environment.http_proxy) return false;
  environment.https_proxy = environment.http_proxy;
  return true;
}

/** What to look at when something cannot be downloaded. */
export function networkAdvice(others) {
  const used = ["http_proxy", "https_proxy"].filter((name) => environment[name]);
  const proxies = used.map((name) => `${name}=${withoutPassword(environment[name])}`);
  const proxy =
    used.length > 0 ? `the proxy (${proxies.join(", ")})` : "http_proxy and https_proxy";
  return `check the network, ${proxy} and ${others}, then run this again`;
}

function withoutPassword(url) {
  return url.replace(/\/\/[^@/]*@/, "//");
}

export function run([command, ...args], cwd = project) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...environment, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
  });
  return {
    status,
    stdout: stdout ?? "",
    output: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`,
  };
}

const noise = /^npm error (code|errno|syscall|path|dest|at |A complete log)|^W: Some index/;

/** The line in which apt, dpkg or npm says why: an error before a warning, the first before what follows from it. */
export function reasonIn(output) {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise.test(line));
  const reason =
    lines.find((line) => /^(E:|npm error )/.test(line)) ??
    lines.find((line) => line.startsWith("W:")) ??
    lines.at(-1);
  return reason?.replace(/^(E: |W: |npm error (network )?)/, "") ?? "it does not say why";
}
