import { createHash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";

/** Files of a web server by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What `git clone http://…/project.git` and `pip install --index-url http://…/simple/ parcel` ask for. */
export function createRepositories(): Files {
  return new Map([...gitRepository("/project.git", "README", "cloned\n"), ...packageIndex("parcel")]);
}

/** A repository of one commit of one file, in git's own loose format, for its protocol without a smart server. */
function gitRepository(base: string, file: string, content: string): [string, Uint8Array][] {
  const files: [string, Uint8Array][] = [];
  const put = (type: string, body: Buffer): Buffer => {
    const object = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
    const id = createHash("sha1").update(object).digest();
    const name = id.toString("hex");
    files.push([`${base}/objects/${name.slice(0, 2)}/${name.slice(2)}`, deflateSync(object)]);
    return id;
  };
  const blob = put("blob", Buffer.from(content));
  const tree = put("tree", Buffer.concat([Buffer.from(`100644 ${file}\0`), blob]));
  const person = "A Person <person@allowed.test> 0 +0000";
  const text = `tree ${tree.toString("hex")}\nauthor ${person}\ncommitter ${person}\n\nFirst\n`;
  const commit = put("commit", Buffer.from(text)).toString("hex");
  files.push([`${base}/info/refs`, Buffer.from(`${commit}\trefs/heads/main\n`)]);
  files.push([`${base}/HEAD`, Buffer.from("ref: refs/heads/main\n")]);
  return files;
}

/** A package index with one package of one module. */
function packageIndex(name: string): [string, Uint8Array][] {
  const wheel = `${name}-1.0-py3-none-any.whl`;
  const info = `${name}-1.0.dist-info`;
  const content = {
    [`${name}.py`]: 'text = "installed"\n',
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/RECORD`]: `${name}.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  };
  const page = `<!doctype html><a href="/packages/${wheel}">${wheel}</a>`;
  return [
    [`/simple/${name}/`, Buffer.from(page)],
    [`/packages/${wheel}`, zip(content)],
  ];
}

/** A zip archive without compression. */
function zip(content: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(content)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, path]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from("PK\x05\x06"), end]);
}
