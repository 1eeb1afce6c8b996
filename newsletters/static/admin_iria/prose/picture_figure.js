// “Insert figure” in the rich editor opens the dialog of pictures; at a picture that is there already, what people hear
// who can't see it.
import { updateAttrsDialog } from "../../django_prose_editor/editor.js";
import { choosePicture } from "../picture_dialog.js";

const escaped = (text) => new Option(text ?? "").innerHTML.replaceAll('"', "&quot;");

function figure({ id, src, alt, caption, decorative }) {
  const role = decorative ? ' role="presentation"' : "";
  const image = `<img src="${escaped(src)}" alt="${escaped(alt)}" data-picture="${escaped(id)}"${role}>`;
  const below = caption ? `<figcaption>${escaped(caption)}</figcaption>` : "";
  return `<figure data-picture="${escaped(id)}">${image}${below}</figure>`;
}

// Where the image is that the selection is about: itself, or in the figure around it; null for any other place.
function imageAt({ doc, selection }) {
  const { $from, node } = selection;
  if (["image", "inlineImage"].includes(node?.type.name)) return $from.pos;
  let [holder, at] = [node?.type.name === "figure" ? node : null, $from.pos];
  for (let depth = $from.depth; depth > 0 && !holder; depth -= 1) {
    if ($from.node(depth).type.name === "figure") [holder, at] = [$from.node(depth), $from.before(depth)];
  }
  let found = null;
  holder?.descendants((inner, offset) => {
    if (found === null && inner.type.name === "image") found = at + 1 + offset;
  });
  return found === null || !doc.nodeAt(found) ? null : found;
}

const FIELDS = {
  alt: { type: "string", title: "Alternative text: describes the picture for people who can't see it" },
  decorative: { type: "boolean", title: "Decorative: it only adorns, and has no description on purpose" },
};
const CAPTION = { type: "string", title: "Caption" };
const isWithoutCaption = ({ type, content }) =>
  type.name === "figure" && !content.content.some((inner) => inner.type.name === "caption");

async function describe(editor, at) {
  const { attrs } = editor.state.doc.nodeAt(at);
  const fields = isWithoutCaption(editor.state.doc.resolve(at).parent) ? { ...FIELDS, caption: CAPTION } : FIELDS;
  const ask = updateAttrsDialog(fields, { title: "Describe the picture", submitText: "OK" });
  const said = await ask(editor, { alt: attrs.alt ?? "", decorative: attrs.role === "presentation" });
  editor.commands.focus();
  const { doc, schema, tr } = editor.state;
  const node = doc.nodeAt(at);
  if (!said || !node?.attrs.src) return;
  const described = said.decorative ? { alt: "", role: "presentation" } : { alt: said.alt.trim(), role: null };
  tr.setNodeMarkup(at, null, { ...node.attrs, ...described });
  const caption = said.caption?.trim();
  if (caption) tr.insert(at + node.nodeSize, schema.nodes.caption.create(null, schema.text(caption)));
  editor.view.dispatch(tr);
}

async function insert(editor, pickerUrl) {
  const picture = await choosePicture(pickerUrl);
  editor.commands.focus();
  if (picture) editor.commands.insertContent(figure(picture));
}

export const withPictureDialog = (Figure) =>
  Figure.extend({
    addCommands() {
      const own = this.parent?.() ?? {};
      const { pickerUrl } = this.options;
      return {
        ...own,
        editImage: () => (props) => {
          const at = imageAt(props.state);
          if (!props.dispatch || (at === null && !pickerUrl)) return own.editImage()(props);
          if (at === null) insert(props.editor, pickerUrl);
          else describe(props.editor, at);
          return true;
        },
      };
    },
  });
