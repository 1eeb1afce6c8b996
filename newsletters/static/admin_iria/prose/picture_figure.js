// “Insert figure” in the rich editor opens the dialog of pictures. A figure that is there already is edited as before.
import { choosePicture } from "../picture_dialog.js";

const escaped = (text) => new Option(text ?? "").innerHTML.replaceAll('"', "&quot;");

function figure({ id, src, alt, caption }) {
  const image = `<img src="${escaped(src)}" alt="${escaped(alt)}" data-picture="${escaped(id)}">`;
  const below = caption ? `<figcaption>${escaped(caption)}</figcaption>` : "";
  return `<figure data-picture="${escaped(id)}">${image}${below}</figure>`;
}

const isPicture = ({ selection }) => {
  const { $from } = selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) if ($from.node(depth).type.name === "figure") return true;
  return ["image", "figure"].includes(selection.node?.type.name);
};

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
          if (!pickerUrl || !props.dispatch || isPicture(props.state)) return own.editImage()(props);
          insert(props.editor, pickerUrl);
          return true;
        },
      };
    },
  });
