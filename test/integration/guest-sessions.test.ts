import { afterAll, beforeAll, expect, test } from "vitest";
import { LabUser, outcomesOf } from "../e2e/lab-user.ts";

const lab = "vlans-two-hosts";
const check = "VM-VN-R1";
let user: LabUser;

beforeAll(async () => {
  user = new LabUser();
  await user.must("up", `topologies/${lab}.yml`, "--machine", "qemu");
}, 180_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
}, 60_000);

test("commands in a guest's nodes work while the lab is assessed, and the assessment does not notice", async () => {
  let assessed = false;
  const assessment = user.assess("assess", lab, check).finally(() => {
    assessed = true;
  });
  const meanwhile: string[] = [];
  while (!assessed) {
    const both = [1, 2].map(() => user.sh(lab, "VM1", "cat /sys/class/net/*/address"));
    const texts = await Promise.all(both);
    if (!assessed) meanwhile.push(...texts);
  }
  const { result } = await assessment;
  expect(outcomesOf(result)[check]).toBe("pass");
  expect(meanwhile.length).toBeGreaterThanOrEqual(2);
  expect(new Set(meanwhile).size).toBe(1);
}, 180_000);
