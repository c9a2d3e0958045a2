import { blocks } from "./blocks.mjs";

/** Everything between `<!-- generated: name -->` and `<!-- /generated -->`. */
const block = /(<!-- generated: ([\w-]+) -->)[\s\S]*?(<!-- \/generated -->)/g;

/** The page with the text between its markers made anew. */
export async function fillBlocks(page) {
  const texts = new Map();
  for (const [, , name] of page.matchAll(block)) {
    if (!Object.hasOwn(blocks, name)) throw new Error(`nothing is generated under the name "${name}"`);
    texts.set(name, await blocks[name]());
  }
  return page.replaceAll(block, (_, begin, name, end) => `${begin}\n\n${texts.get(name)}\n\n${end}`);
}
