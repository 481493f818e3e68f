// The part of the address after #: the seed, what is chosen, and every setting that was changed, so that a link gives
// the same names. A short pasted list travels in it, deflated. What stands there may come from anyone: it is text, of a
// bounded size, and what is not a value of its field is left out.

const FIELDS = ["start", "end", "contains", "like", "min", "max", "temperature", "count", "distance", "never"];
const BOXES = ["known", "raw"];
const MOST_ADDRESS = 8000; // characters
const MOST_NEVER = 1000; // characters of what must not come
const MOST_INFLATED = 100000; // bytes

let seed = 0;
let caseWanted = null; // null: that of the list
let ownInAddress = ["", ""]; // the pasted list, and how it is written in the address
let { here, farthest } = history.state ?? { here: 0, farthest: 0 }; // of what is shown, in the history of this tab

/** Write what is shown: as a new entry of the history, or in place of the current one. */
function writeAddress(isNew = false) {
  const changed = FIELDS.filter((id) => byId(id).value !== byId(id).defaultValue).map((id) => [id, byId(id).value]);
  changed.push(...BOXES.filter((id) => byId(id).checked).map((id) => [id, "1"]));
  if (caseWanted) changed.push(["case", caseWanted]);
  byId("changed").textContent = changed.length ? ` · ${changed.length} changed` : "";
  const lists = sourceIds().length > 1 ? [["list", chosen.join()]] : [];
  const own = chosen.includes(OWN) && ownInAddress[0] === ownText && ownInAddress[1] ? [["own", ownInAddress[1]]] : [];
  const short = changed.filter(([, value]) => value.length <= MOST_NEVER);
  const fragment = `#${new URLSearchParams([["seed", seed], ...lists, ...short, ...own])}`;
  if (isNew) farthest = ++here;
  history[isNew ? "pushState" : "replaceState"]({ here, farthest, ...tooLong() }, "", fragment);
  byId("back").disabled = !here;
  byId("forward").disabled = here >= farthest;
}

/** What an address has no room for, or not before a link is asked for. It stays in the history of this tab. */
function tooLong() {
  const never = byId("never").value;
  return {
    pasted: ownText.length < MOST_INFLATED ? ownText : "",
    never: never.length > MOST_NEVER && never.length <= MOST_BLOCKED ? never : "",
  };
}

/** Go where the history went, or was taken by an address that someone typed. */
function followAddress() {
  if (history.state) here = history.state.here;
  else farthest = ++here;
  readAddress();
}

/** Write the pasted list for the address, where it is short enough; "" where it is not. */
async function packOwn() {
  if (ownInAddress[0] === ownText) return;
  const text = ownText;
  let packed = "";
  if (text.length < MOST_INFLATED) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    if (bytes.length < (MOST_ADDRESS * 3) / 4 - 500) packed = btoa(String.fromCharCode(...bytes));
  }
  ownInAddress = [text, packed.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")];
}

/** The text that a part of an address stands for; null where it is not one, or too long. */
async function unpackOwn(packed) {
  try {
    const bytes = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const parts = [];
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MOST_INFLATED) {
        reader.cancel().catch(() => {});
        return null;
      }
      parts.push(part.value);
    }
    return await new Blob(parts).text();
  } catch {
    return null;
  }
}

/** Put the settings of the address into the form, and choose what it names; without a seed, pick one. */
async function readAddress(fragment = location.hash) {
  const given = new URLSearchParams(fragment.length <= 3 * MOST_ADDRESS ? fragment.slice(1) : "");
  for (const field of FIELDS.map(byId)) {
    const value = given.get(field.id) ?? field.defaultValue;
    const isText = field.type === "text" || field.type === "textarea";
    const fits = isText ? value.length <= (field.id === "never" ? MOST_NEVER : 60) : /^(\d{1,3}(\.\d{1,3})?)?$/.test(value);
    field.value = fits ? value : field.defaultValue;
    if (field.value !== value) field.value = field.defaultValue; // not a value of this field
  }
  byId("never").value ||= history.state?.never ?? "";
  for (const id of BOXES) byId(id).checked = given.get(id) === "1";
  caseWanted = ["title", "upper", "lower"].includes(given.get("case")) ? given.get("case") : null;
  seed = /^\d{1,10}$/.test(given.get("seed")) ? Number(given.get("seed")) >>> 0 : newSeed();
  const before = ownText.length < MOST_INFLATED ? history.state?.pasted || null : null;
  const own = given.get("own") && content.network ? await unpackOwn(given.get("own")) : before;
  if (own !== null && own !== ownText) {
    byId("pasted").value = own;
    replaceOwn(own);
    if (given.get("own")) ownInAddress = [own, given.get("own")];
  }
  chooseSources((given.get("list") ?? "").split(","));
}

function newSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
