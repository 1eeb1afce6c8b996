// In the editor each paragraph, list, quotation and cell runs by its own first strong letter, as it will on the site
// (lib/directions.py). The directions are drawn, never part of the text: what is saved doesn't have them.
import { Decoration, Extension } from "../django_prose_editor/editor.js";

const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const LETTER = /\p{L}|\u200e|\u200f/u;

function directionOf(text) {
  const first = text.match(LETTER);
  if (!first) return null;
  return RIGHT_TO_LEFT.test(first[0]) ? "rtl" : "ltr";
}

export const Directions = Extension.create({
  name: "iriaDirections",
  addDecorations() {
    return {
      create({ state }) {
        const drawn = [];
        state.doc.descendants((node, position) => {
          if (!node.isBlock || node.isAtom) return;
          const dir = directionOf(node.textContent);
          if (dir) drawn.push(Decoration.Node(position, position + node.nodeSize, { dir }));
        });
        return drawn;
      },
    };
  },
});
