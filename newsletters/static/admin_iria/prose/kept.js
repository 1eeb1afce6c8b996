// A part of the text that the editor can't show: a closed box that says so, and whose source is written back as it is.
import { Node, updateAttrsDialog } from "../../django_prose_editor/editor.js";

import { parsed } from "./source.js";

const EXCERPT = 200; // characters

const dialog = updateAttrsDialog(
  { html: { type: "string", title: "HTML", format: "textarea" } },
  { title: "Edit the HTML of this part", submitText: "OK" },
);

export const Kept = Node.create({
  name: "kept",
  group: "block",
  atom: true,
  draggable: true,
  addAttributes: () => ({
    html: {
      default: "",
      parseHTML: (element) => element.getAttribute("data-kept"),
      renderHTML: ({ html }) => ({ "data-kept": html }),
    },
  }),
  parseHTML: () => [{ tag: "iria-kept[data-kept]" }],
  renderHTML: ({ HTMLAttributes }) => ["iria-kept", HTMLAttributes],
  addNodeView() {
    const said = this.options;
    return ({ node, editor, getPos }) => {
      const dom = document.createElement("div");
      dom.className = "iria-kept-part";
      const [why, words] = [document.createElement("strong"), document.createElement("p")];
      why.textContent = said.why;
      words.textContent = parsed(node.attrs.html.replaceAll("<", " <"))
        .textContent.replace(/\s+/g, " ")
        .trim()
        .slice(0, EXCERPT);
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = said.edit;
      button.addEventListener("click", async () => {
        const given = await dialog(editor, { html: node.attrs.html });
        if (given) editor.view.dispatch(editor.state.tr.setNodeMarkup(getPos(), null, { html: given.html }));
      });
      dom.append(why, words, button);
      return { dom, stopEvent: (event) => event.target === button, ignoreMutation: () => true };
    };
  },
});
