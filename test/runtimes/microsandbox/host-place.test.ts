import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkHostPlace } from "../../../runtimes/microsandbox/host-place.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

async function setUp() {
  const folder = await realpath(await temporaryFolder());
  const open = join(folder, "images");
  await mkdir(join(open, "root"), { recursive: true });
  await mkdir(join(folder, "images-of-others"));
  await writeFile(join(open, "disk.raw"), "disk");
  await symlink(folder, join(open, "out"));
  await symlink(join(open, "root"), join(open, "alias"));
  await symlink(open, join(folder, "link-to-images"));
  return { folder, open };
}

describe("checkHostPlace", () => {
  test("takes folders and files inside the open folders, also where an open folder is a link", async () => {
    const { folder, open } = await setUp();
    await checkHostPlace({ kind: "folder", path: join(open, "root") }, [open]);
    await checkHostPlace({ kind: "disk", path: join(open, "disk.raw"), format: "raw" }, ["/nowhere", open]);
    await checkHostPlace({ kind: "folder", path: join(open, "root") }, [join(folder, "link-to-images")]);
  });

  test.each<[string, "folder" | "archive", string, string]>([
    ["nothing is open but the folder", "folder", "", "unsupported"],
    ["a neighbour with the same beginning", "folder", "../images-of-others", "unsupported"],
    ["a link inside that leads out", "folder", "out", "image_not_found"],
    ["a path through a link", "folder", "out/images-of-others", "image_not_found"],
    ["a link that stays inside", "folder", "alias", "image_not_found"],
    ["what is not there", "folder", "none", "image_not_found"],
    ["a file that should be a folder", "folder", "disk.raw", "image_not_found"],
    ["a folder that should be a file", "archive", "root", "image_not_found"],
    ["a path below a file", "archive", "disk.raw/x", "image_not_found"],
  ])("refuses %s", async (what, kind, relative, code) => {
    const { open } = await setUp();
    const given = what === "nothing is open but the folder" ? [] : [open];
    const place = { kind, path: join(open, relative) } as const;
    await expect(checkHostPlace(place, given)).rejects.toMatchObject({ code });
  });
});
