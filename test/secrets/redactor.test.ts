import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { OutputFilter } from "../../src/runtime/index.ts";
import { isRedactable, redactor } from "../../src/secrets/index.ts";

/** All that comes out of a filter that is given the pieces one by one. */
function through(filter: OutputFilter, pieces: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat([...pieces.map((piece) => filter.write(Buffer.from(piece))), filter.end()]);
}

const redact = (text: string, ...secrets: { name: string; value: string }[]) =>
  through(redactor(secrets)(), [text]).toString();

const token = { name: "TOKEN", value: 'p4$$/wörd+&"\\<1>' };
const mark = "[secret TOKEN]";

describe("a value is found", () => {
  const bytes = Buffer.from(token.value);
  const forms: Record<string, string> = {
    "as it is": token.value,
    "in Base64": bytes.toString("base64"),
    "in Base64 without padding": bytes.toString("base64").replace(/=+$/, ""),
    "in Base64 for URLs": bytes.toString("base64url"),
    "URL-encoded by JavaScript": encodeURIComponent(token.value),
    "URL-encoded as a whole URL": encodeURI(token.value),
    "URL-encoded in lower case": encodeURIComponent(token.value).replace(/%../g, (it) => it.toLowerCase()),
    "URL-encoded by Python": encodeURIComponent(token.value)
      .replaceAll("%2F", "/")
      .replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`),
    "as a form": new URLSearchParams({ a: token.value }).toString().slice(2),
    "with every byte URL-encoded": bytes.toString("hex").toUpperCase().replace(/../g, "%$&"),
    "in JSON": JSON.stringify(token.value).slice(1, -1),
    "in JSON by Python": 'p4$$/w\\u00f6rd+&\\"\\\\<1>',
    "in JSON by PHP": 'p4$$\\/w\\u00f6rd+&\\"\\\\<1>',
    "in JSON by Go": 'p4$$/wörd+\\u0026\\"\\\\\\u003c1\\u003e',
    "in JSON with escaped slashes": 'p4$$\\/wörd+&\\"\\\\<1>',
  };
  test.each(Object.entries(forms))("%s", (_how, form) => {
    expect(form).not.toBe("");
    expect(redact(form, token)).toBe(mark);
    expect(redact(`Before ${form} after\n`, token)).toBe(`Before ${mark} after\n`);
  });

  test.each([0, 1, 2, 3, 4, 5])("in the Base64 of a longer text, %i bytes in", (offset) => {
    for (const encoding of ["base64", "base64url"] as const) {
      const encoded = Buffer.from(`${"x".repeat(offset)}${token.value}, and more`).toString(encoding);
      const clean = redact(encoded, token);
      expect(clean).toContain(mark);
      // Beside the mark, at most the character that the value shares with its neighbours is left of it.
      const [before = "", after = ""] = clean.split(mark);
      expect(before.length).toBeLessThanOrEqual(Math.ceil((offset * 8) / 6));
      const decoded = Buffer.from(`${before}AAAA${after}`, encoding).toString("latin1");
      expect(decoded).not.toContain("p4$");
      expect(decoded).not.toContain("1>");
    }
  });

  test.each([64, 76])("in Base64 with lines of %i characters", (width) => {
    const long = { name: "LONG", value: "a long value, ".repeat(12) };
    for (const end of ["", "\n"]) {
      const encoded = Buffer.from(long.value + end).toString("base64");
      const lines = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
      expect(lines.length).toBeGreaterThan(2);
      expect(redact(lines.join("\n"), long)).toMatch(/^\[secret LONG\].{0,4}$/);
    }
  });

  test("in every place, and nothing else is changed", () => {
    const text = `${token.value}${token.value} a ${token.value.slice(0, -1)} b ${token.value}`;
    expect(redact(text, token)).toBe(`${mark}${mark} a ${token.value.slice(0, -1)} b ${mark}`);
  });
});

describe("the cuts of a stream", () => {
  const secrets = [token, { name: "SHORT", value: "abcabc" }, { name: "LONG", value: "abcabcabcx" }];
  const text = Buffer.from(
    `α ${token.value} abcabc abcabcabcx abcabcabcy aabcabcabcabcx ${Buffer.from(token.value).toString("base64")}
     ${encodeURIComponent(token.value)} ${JSON.stringify(token.value)} p4$$/w abcab`,
  );
  const factory = redactor(secrets);
  const whole = through(factory(), [text]);

  test("make no difference, wherever it is cut in two", () => {
    for (let cut = 0; cut <= text.length; cut++) {
      expect(through(factory(), [text.subarray(0, cut), text.subarray(cut)])).toEqual(whole);
    }
  });

  test("make no difference, in pieces of any size and at random", () => {
    for (let size = 1; size < 40; size++) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < text.length; at += size) pieces.push(text.subarray(at, at + size));
      expect(through(factory(), pieces)).toEqual(whole);
    }
    let seed = 42;
    const random = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed % limit;
    };
    for (let round = 0; round < 300; round++) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < text.length; ) {
        const size = random(30);
        pieces.push(text.subarray(at, at + size));
        at += size;
      }
      expect(through(factory(), pieces)).toEqual(whole);
    }
  });

  test("random texts over a small alphabet lose exactly the bytes of the occurrences", () => {
    let seed = 7;
    const random = (limit: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (seed >> 8) % limit;
    };
    const word = (length: number) => Array.from({ length }, () => "ab"[random(2)]).join("");
    for (let round = 0; round < 400; round++) {
      const values = [word(6), word(6 + random(6))];
      const stream = word(60);
      const filter = redactor(values.map((value, index) => ({ name: `N${index}`, value })))();
      const pieces = stream.match(/.{1,7}/g) ?? [];
      const covered = new Set<number>();
      for (const value of values) {
        for (let at = stream.indexOf(value); at !== -1; at = stream.indexOf(value, at + 1)) {
          for (let index = at; index < at + value.length; index++) covered.add(index);
        }
      }
      const left = [...stream].filter((_, index) => !covered.has(index)).join("");
      expect(
        through(filter, pieces)
          .toString()
          .replace(/\[secret N.\]/g, ""),
      ).toBe(left);
    }
  });

  test("hold back only what may be the beginning of a value", () => {
    const filter = factory();
    expect(Buffer.from(filter.write(Buffer.from("Password: "))).toString()).toBe("Password: ");
    expect(Buffer.from(filter.write(Buffer.from("> p4$$"))).toString()).toBe("> ");
    expect(Buffer.from(filter.write(Buffer.from("!"))).toString()).toBe("p4$$!");
    expect(Buffer.from(filter.write(Buffer.from(token.value))).toString()).toBe(mark);
    expect(filter.end()).toHaveLength(0);
  });

  test("keep a copy of what is held back, not the caller's memory", () => {
    const filter = factory();
    const piece = Buffer.from("abcab");
    filter.write(piece);
    piece.fill("#");
    expect(Buffer.from(filter.write(Buffer.from("-"))).toString()).toBe("abcab-");
  });
});

describe("several secrets", () => {
  test("inside one another are told as the longer one", () => {
    const secrets = [
      { name: "INNER", value: "hunter2" },
      { name: "OUTER", value: "user:hunter2@host" },
    ];
    expect(redact("x user:hunter2@host hunter2 y", ...secrets)).toBe("x [secret OUTER] [secret INNER] y");
  });

  test("that overlap leave nothing of either", () => {
    const secrets = [
      { name: "ONE", value: "abcdefgh" },
      { name: "TWO", value: "efghijkl" },
    ];
    expect(redact("-abcdefghijkl-", ...secrets)).toBe("-[secret ONE][secret TWO]-");
  });

  test("a value that overlaps itself is one", () => {
    expect(redact("a".repeat(100), { name: "A", value: "aaaaaa" })).toBe("[secret A]");
  });

  test("are told once for each stream in which they are", () => {
    const told: string[] = [];
    const factory = redactor([token, { name: "OTHER", value: "another-value" }], (name) => told.push(name));
    through(factory(), [token.value, token.value, "another-value"]);
    expect(told).toEqual(["TOKEN", "OTHER"]);
    through(factory(), ["nothing"]);
    through(factory(), [token.value]);
    expect(told).toEqual(["TOKEN", "OTHER", "TOKEN"]);
  });
});

describe("what is not looked for", () => {
  test("values of less than six bytes", () => {
    expect(isRedactable("12345")).toBe(false);
    expect(isRedactable("123456")).toBe(true);
    expect(isRedactable("äöü")).toBe(true);
    expect(redact("12345", { name: "PIN", value: "12345" })).toBe("12345");
  });

  test("bytes that are not UTF-8 pass unchanged", () => {
    const bytes = Uint8Array.from({ length: 1_024 }, (_, index) => (index * 7) % 256);
    expect(through(redactor([token])(), [bytes])).toEqual(Buffer.from(bytes));
    expect(through(redactor([])(), [bytes])).toEqual(Buffer.from(bytes));
  });
});

test("a filter shows no value to who looks at it", () => {
  const factory = redactor([token]);
  const filter = factory();
  filter.write(Buffer.from(token.value.slice(0, -1)));
  const seen = inspect([factory, filter], { depth: null, showHidden: true }) + JSON.stringify(filter);
  expect(seen).not.toContain("p4$$");
  expect(seen).not.toContain(Buffer.from("p4$$").toString("hex"));
});

test("a flood is as fast as it comes, whatever is in it, and memory stays flat", { timeout: 60_000 }, () => {
  const value = "x".repeat(3_000);
  const factory = redactor([{ name: "X", value: `${value}!` }, token]);
  const chunks = [Buffer.alloc(65_536, "x"), Buffer.alloc(65_536, `${token.value}\n`), Buffer.alloc(65_536)];
  for (const chunk of chunks) {
    const filter = factory();
    const start = performance.now();
    let written = 0;
    for (let count = 0; count < 320; count++) written += filter.write(chunk).length;
    written += filter.end().length;
    const seconds = (performance.now() - start) / 1_000;
    expect(written).toBeGreaterThan(0);
    // About 100 to 500 MB/s are usual; what must not be is work that grows with the square.
    expect((320 * 65_536) / seconds).toBeGreaterThan(5_000_000);
  }
});
