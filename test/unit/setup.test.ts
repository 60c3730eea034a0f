import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Entry = {
  readonly version?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
};
type Packages = Readonly<Record<string, Entry>>;

const root = resolve(import.meta.dirname, "../..");
const read = (name: string): Entry & { readonly packages: Packages } =>
  JSON.parse(readFileSync(join(root, name), "utf8"));

// Set-up is plain JavaScript without types.
const { reasonIn, withProxies } = (await import(join(root, "bin/setup-run.mjs"))) as {
  reasonIn(output: string): string;
  withProxies(environment: Record<string, string>): Record<string, string>;
};
const { differenceFrom } = (await import(join(root, "bin/setup-modules.mjs"))) as {
  differenceFrom(locked: Packages, installed: Packages): string | undefined;
};

type Ended = { readonly code: number | null; readonly said: string };

/** Runs set-up as a program, with nothing in its environment but where programs are and what is given. */
function setUp(
  folder: string,
  env: Readonly<Record<string, string>>,
  node: readonly string[] = [],
) {
  const path = `${join(root, "node_modules/.bin")}:/usr/local/bin:/usr/bin:/bin`;
  const child = spawn(process.execPath, [...node, join(folder, "bin/setup.mjs"), "check"], {
    env: { PATH: path, HOME: folder, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return new Promise<Ended>((done) => {
    child.once("close", (code) => done({ code, said }));
  });
}

describe("a checkout without packages", () => {
  let folder: string;
  const asked: string[] = [];
  const proxy = createServer();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lab-setup-"));
    cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true });
    for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
      cpSync(join(root, name), join(folder, name));
    }
    proxy.on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise<void>((ready) => {
      proxy.listen(0, "127.0.0.1", ready);
    });
  });
  afterAll(() => {
    proxy.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // A name that no network knows, so that only a proxy can be asked about it.
  const registry = { npm_config_registry: "https://packages.invalid/" };

  test.each(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])(
    "npm asks the proxy in %s, and what it refuses is one sentence that names it",
    async (name) => {
      asked.length = 0;
      const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const env = { ...registry, [name]: `http://me:secret@${address}` };
      const { code, said } = await setUp(folder, env);
      expect(asked).toContain("packages.invalid:443");
      expect(code).toBe(4);
      const [first, sentence, fix, ...more] = said.trimEnd().split("\n");
      expect(first).toBe("setup: installing npm packages (there are none)");
      expect(sentence).toMatch(/^setup: npm cannot reach its registry: .+/);
      expect(fix).toContain(`http://${address}`);
      expect(said).not.toContain("secret");
      expect(more).toEqual([]);
    },
    60_000,
  );

  test("without a proxy nobody asks it, and the network is what is missing", async () => {
    asked.length = 0;
    const { code, said } = await setUp(folder, registry);
    expect(asked).toEqual([]);
    expect(code).toBe(4);
    expect(said).toMatch(/packages\.invalid/);
  }, 60_000);
});

describe("a machine", () => {
  const as = (name: string, value: string): readonly string[] => [
    "--import",
    `data:text/javascript,Object.defineProperty(process,"${name}",{value:${value}})`,
  ];

  test.each([
    ["too old a Node", as("versions", '{node:"18.20.8"}'), "setup: set-up needs Node 20 or later"],
    ["another processor", as("arch", '"arm64"'), "setup: the lab needs Linux on an x86-64"],
    ["another system", as("platform", '"darwin"'), "setup: the lab needs Linux on an x86-64"],
  ])("with %s is refused", async (_, node, sentence) => {
    const { code, said } = await setUp(root, {}, node);
    expect(code).toBe(4);
    expect(said.startsWith(sentence)).toBe(true);
    expect(said.trimEnd().split("\n")).toHaveLength(2);
  });

  test("that is ready is left alone, without a word", async () => {
    expect(await setUp(root, {})).toEqual({ code: 0, said: "" });
  });
});

describe("the lock file", () => {
  const { packages } = read("package-lock.json");

  test("asks for what package.json asks for", () => {
    const { dependencies, devDependencies } = read("package.json");
    expect(packages[""]).toMatchObject({ dependencies, devDependencies });
    expect(packages[""]?.dependencies).toEqual(dependencies);
    expect(packages[""]?.devDependencies).toEqual(devDependencies);
  });

  test("is what is installed: each package, compiled ones of this platform only", () => {
    const foreign = { version: "1.0.0", optional: true, os: ["darwin"], cpu: ["arm64"] };
    const ours = { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] };
    const plain = { version: "2.0.0" };
    const locked = { "node_modules/f": foreign, "node_modules/o": ours, "node_modules/p": plain };
    expect(differenceFrom(locked, { "node_modules/o": ours, "node_modules/p": plain })).toBe(
      undefined,
    );
    expect(differenceFrom(locked, { "node_modules/p": plain })).toBe("o is not at 1.0.0");
    const older = { "node_modules/o": ours, "node_modules/p": { version: "1.9.0" } };
    expect(differenceFrom(locked, older)).toBe("p is not at 2.0.0");
  });
});

test("proxies reach programs that read only one way to write their names", () => {
  const upper = { HTTP_PROXY: "http://a:1", NO_PROXY: "b" };
  expect(withProxies(upper)).toEqual({ ...upper, http_proxy: "http://a:1", no_proxy: "b" });
  const both = { HTTP_PROXY: "http://a:1", http_proxy: "http://c:1" };
  expect(withProxies(both)).toEqual(both);
});

describe("of all that a program says, the reason", () => {
  test.each([
    [
      "apt-get update without a network, which calls itself a success",
      `W: Failed to fetch http://mirror.invalid/dists/bookworm/InRelease  Temporary failure resolving 'mirror.invalid'
W: Some index files failed to download. They have been ignored, or old ones used instead.`,
      /^Failed to fetch .*Temporary failure resolving/,
    ],
    ["apt-get install", "Reading lists\nE: Unable to locate package x\n", /^Unable to locate/],
    [
      "npm",
      `npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to https://packages.invalid/yaml failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/x.js:130:14)
npm error A complete log of this run can be found in: /root/.npm/_logs/x.log`,
      /^FetchError: request to .* ECONNREFUSED 127\.0\.0\.1:9$/,
    ],
    [
      "npm, of a name that is not known",
      `npm error code ENOTFOUND
npm error network request to https://packages.invalid/yaml failed, reason: getaddrinfo ENOTFOUND packages.invalid
npm error network This is a problem related to network connectivity.`,
      /^request to .* ENOTFOUND packages\.invalid$/,
    ],
    ["a program that is silent", "", /^it does not say why$/],
  ])("%s", (_, output, reason) => {
    expect(reasonIn(output)).toMatch(reason);
  });
});
