// Files that the server found too large: they aren't sent again, so that the words beside them are saved.
const named = (file) => `${file.name}/${file.size}/${file.lastModified}`;

export const filesIn = (sent) => [...sent.values()].filter((value) => value instanceof File && value.size);

export function refusedFiles(form) {
  const refused = new Set();
  form.addEventListener("formdata", ({ formData }) => {
    const left = [...formData].filter(([, value]) => value instanceof File && refused.has(named(value)));
    for (const [name] of left) formData.delete(name);
  });
  return {
    // Whether there were any to leave out.
    refuse(sent) {
      const files = filesIn(sent);
      for (const file of files) refused.add(named(file));
      return files.length > 0;
    },
    isChosen: () =>
      [...form.querySelectorAll("input[type=file]")].some((input) =>
        [...input.files].some((file) => refused.has(named(file))),
      ),
  };
}
