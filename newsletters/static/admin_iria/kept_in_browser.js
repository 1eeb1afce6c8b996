// What was typed is kept in this browser until the server has it, and offered again when the page is opened the next time.
const NOT_TYPED = /^(revision|opened_.*|window|q|topic|since|only_new|add|csrf.*|.*_file|_.*)$/;

// Two that are the same say the same.
export const comparable = (fields) => JSON.stringify(fields.filter(([name]) => !NOT_TYPED.test(name)));

// Was something typed while the scripts were still on their way?
export function isTouched(form) {
  return [...form.elements].some((field) => {
    if (["hidden", "file", "submit", "button"].includes(field.type) || field.localName === "select") return false;
    if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
    return field.defaultValue !== undefined && field.value !== field.defaultValue;
  });
}

export function keptInBrowser(form, firstKey, address) {
  let key = firstKey;

  function keep() {
    const fields = [...new FormData(form)].filter(
      ([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string",
    );
    try {
      localStorage.setItem(key, JSON.stringify(fields));
    } catch {
      // Private windows may have no room: then the page alone holds it, and says before it is closed.
    }
  }
  function forget() {
    localStorage.removeItem(key);
  }
  function kept() {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  // Shown again by the server, as if it had just been typed. `beforeLeaving` is told before the page is left for that.
  function offer(beforeLeaving) {
    const fields = kept();
    if (!fields) return;
    if (comparable(fields) === comparable([...new FormData(form)])) return void forget();
    const box = document.getElementById("iria-kept");
    box.hidden = false;
    box.querySelector("[data-drop]").addEventListener("click", () => {
      forget();
      box.hidden = true;
    });
    box.querySelector("[data-restore]").addEventListener("click", () => {
      const again = document.createElement("form");
      again.method = "post";
      again.action = address();
      const token = form.elements.csrfmiddlewaretoken.value;
      for (const [name, value] of [...fields, ["csrfmiddlewaretoken", token], ["_show", "1"]]) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = value;
        again.append(field);
      }
      document.body.append(again);
      beforeLeaving();
      again.submit();
    });
  }

  // An article that has just got an address is kept under it, so that the next new article can use the old name.
  function rename(its) {
    key = key.replace("new", its.match(/\d+/)?.[0] ?? "new");
  }

  return { keep, forget, offer, rename };
}
