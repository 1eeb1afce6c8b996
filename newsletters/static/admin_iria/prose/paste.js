// Pasting and dropping: text from other programs becomes ours (foreign.js), pictures are uploaded, and what can't be kept is
// said below the editor. What comes from the editor itself is left as it is.
import { cleaned, MOST_CHARACTERS } from "./foreign.js";

const PICTURE_DATA = /(<img\b[^>]{0,2000}?\bsrc=["']?)data:[^"'\s>]{200,}/gi;
const MOST_WITH_PICTURES = 60_000_000;
const MOST_PICTURES = 30;
const ONE_OR_MORE = {
  pictures: ["picture", "pictures"],
  drawings: ["drawing", "drawings"],
  links: ["link to a file on a computer", "links to files on a computer"],
  videos: ["video or embedded part", "videos or embedded parts"],
  formulas: ["formula (its text is kept)", "formulas (their text is kept)"],
};

export function pasting(say, uploadAddress) {
  return {
    handlePaste(view, event) {
      const clipboard = event.clipboardData;
      const html = clipboard?.getData("text/html") ?? "";
      const files = [...(clipboard?.files ?? [])].filter((file) => file.type.startsWith("image/"));
      if (html.includes("data-pm-slice")) return false;
      if (!html || (files.length && !textOf(html))) return files.length ? takeFiles(view, files) : false;
      return takeHtml(view, html);
    },
    handleDrop(view, event, _slice, isMoved) {
      const files = [...(event.dataTransfer?.files ?? [])].filter((file) => file.type.startsWith("image/"));
      if (isMoved || !files.length) return false;
      event.preventDefault();
      return takeFiles(view, files);
    },
  };

  function takeHtml(view, html) {
    const isLong = html.length > MOST_WITH_PICTURES || html.replace(PICTURE_DATA, "$1").length > MOST_CHARACTERS;
    if (isLong) {
      say("This is too long to paste at once. Paste it in parts.");
      return true;
    }
    const found = cleaned(html, nextNote(view.state.doc));
    if (!found) {
      say("The formatting of this text is nested too deeply. Paste it as plain text.");
      return true;
    }
    const { root, pictures, lost } = found;
    if (!pictures.length) {
      view.pasteHTML(root.innerHTML);
      say(lostInWords(lost));
      return true;
    }
    void uploadAndPaste(view, root, pictures, lost);
    return true;
  }

  function takeFiles(view, files) {
    const root = document.createElement("div");
    const pictures = files.map((file) => {
      const [figure, image] = [document.createElement("figure"), document.createElement("img")];
      image.file = file;
      figure.append(image);
      root.append(figure);
      return image;
    });
    void uploadAndPaste(view, root, pictures, {});
    return true;
  }

  async function uploadAndPaste(view, root, pictures, lost) {
    const notes = await upload(pictures, lost);
    if (root.textContent.trim() || root.querySelector("img")) view.pasteHTML(root.innerHTML);
    say([...notes, lostInWords(lost)].filter(Boolean).join(" "));
  }

  // One after another, as the server takes them; those that it refuses are taken out, with its reason.
  async function upload(pictures, lost) {
    const notes = [];
    for (const [n, image] of pictures.entries()) {
      say(`Uploading picture ${n + 1} of ${pictures.length}…`);
      // oxlint-disable-next-line no-await-in-loop -- one at a time
      const said = n < MOST_PICTURES && uploadAddress ? await sent(image) : { error: null };
      if (said.url) {
        image.setAttribute("src", said.url);
        image.setAttribute("alt", said.alt || image.getAttribute("alt") || "");
        if (said.id) image.setAttribute("data-picture", said.id);
        continue;
      }
      lost.pictures = (lost.pictures ?? 0) + 1;
      if (said.error) notes.push(said.error);
      (image.closest("figure") ?? image).remove();
    }
    return [...new Set(notes)];
  }

  async function sent(image) {
    try {
      const body = new FormData();
      body.append("file", image.file ?? fileOf(image.getAttribute("src")), image.file?.name ?? "pasted");
      body.append("alt", image.getAttribute("alt") ?? "");
      const token = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
      const headers = { Accept: "application/json", "X-CSRFToken": token };
      const answer = await fetch(uploadAddress, { method: "POST", body, headers });
      if (answer.status === 413) return { error: "A picture is larger than the server accepts. Choose a smaller one." };
      return await answer.json();
    } catch {
      return { error: "The connection was lost while a picture was being uploaded. Paste it again." };
    }
  }
}

function fileOf(address) {
  const [head, data] = address.split(",", 2);
  const bytes = Uint8Array.from(atob(data.replace(/\s/g, "")), (letter) => letter.codePointAt(0));
  return new Blob([bytes], { type: head.match(/^data:([^;]+)/)[1] });
}
const textOf = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();

function nextNote(doc) {
  let most = 0;
  doc.descendants((node) => {
    const found = (node.attrs.id ?? "").match(/^fn-(\d+)$/);
    if (found) most = Math.max(most, Number(found[1]));
  });
  return most + 1;
}

function lostInWords(lost) {
  const parts = Object.entries(ONE_OR_MORE)
    .filter(([kind]) => lost[kind])
    .map(([kind, [one, more]]) => `${lost[kind]} ${lost[kind] === 1 ? one : more}`);
  const said = parts.length
    ? `${new Intl.ListFormat("en").format(parts)} couldn't be pasted.${lost.pictures ? " Add pictures with the picture button." : ""}`
    : "";
  const notes = lost.notes
    ? `The text of ${lost.notes} ${lost.notes === 1 ? "footnote" : "footnotes"} wasn't in what you copied.`
    : "";
  return [said, notes].filter(Boolean).join(" ");
}
