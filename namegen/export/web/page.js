// The page: it unpacks what it carries, says what is drawn from, and listens. Names are set by `textContent` alone, so
// that no name can be markup.

const DELAY = 250; // milliseconds from the last key to a new search
const MOST_BY_SCROLLING = 200; // names; then a button, so that what stands below can be reached

let sampler; // what is drawn from
let isAtKept = false; // by the button: more names above would push the kept ones out of sight

/** Draw from something else. */
function useSampler(next) {
  sampler = next;
  byId("case").querySelector("[value=keep]").hidden = sampler.case !== "keep";
  byId("case").value = caseWanted ?? sampler.case;
  byId("case-field").hidden = !sampler.hasCapitals;
  byId("draw").disabled = byId("buttons").hidden = false;
  showFacts();
  drawNames();
}

/** There is nothing to draw from: say why. */
function waitForList(text, failed) {
  search++;
  sampler = more = null;
  showNames([]);
  byId("draw").disabled = true;
  byId("more").hidden = byId("buttons").hidden = true;
  byId("about").textContent = "Names like those on a list of your own.";
  showStatus(text, failed);
}

function showFacts() {
  const learned = chosen.map((id) => results.get(id));
  const count = learned.reduce((total, { learned }) => total + (learned.count ?? learned.known.names.length), 0);
  const lists = element("em", inWords(chosen.map(labelOf)));
  const where = chosen.includes(OWN) && chosen.length === 1 ? "of" : chosen.length > 1 ? "on the lists" : "on the list";
  byId("about").replaceChildren(`They sound like the ${plural(count, "name")} ${where} `, lists);
  byId("about").append(element("span", " and are not among them", { id: "new" }), ".");
  const facts = [...learned.flatMap(({ learned }) => learned.facts ?? []), ["Made with", content.program]];
  byId("facts").replaceChildren(
    ...facts.map(([term, description]) => {
      const row = element("div");
      row.append(element("dt", term), element("dd", description));
      return row;
    }),
  );
}

function listen() {
  let soon;
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    seed = newSeed();
    drawNames(true);
  });
  byId("case").addEventListener("input", () => (caseWanted = byId("case").value === sampler?.case ? null : byId("case").value));
  byId("form").addEventListener("input", () => {
    search++; // stops the current search
    clearTimeout(soon);
    soon = setTimeout(drawNames, DELAY);
  });
  byId("copy").addEventListener("click", () => copy(kept.map(displayed).join("\n"), `Copied ${plural(kept.length, "name")}.`));
  byId("as-text").addEventListener("click", () => download("txt"));
  byId("as-csv").addEventListener("click", () => download("csv"));
  byId("clear").addEventListener("click", () => setKept([]));
  byId("to-kept").addEventListener("click", () => {
    isAtKept = true;
    byId("kept").scrollIntoView();
  });
  byId("undo").addEventListener("click", () => setKept(before));
  byId("share").addEventListener("click", share);
  byId("back").addEventListener("click", () => history.back());
  byId("forward").addEventListener("click", () => history.forward());
  byId("more").addEventListener("click", () => more?.());
  addEventListener("scroll", () => {
    isAtKept &&= byId("kept").getBoundingClientRect().top < innerHeight;
    if (isAtKept) return;
    const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
    const [isMoreSeen, shown] = [byId("more").getBoundingClientRect().top < innerHeight, byId("names").childElementCount];
    if (isMoreSeen && scrollHeight > clientHeight && scrollTop && shown < MOST_BY_SCROLLING) more?.();
  });
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape") document.querySelectorAll(".surprisal").forEach(closeSurprisal);
  });
  addEventListener("storage", ({ key }) => {
    if (key === store()) readKept(); // changed in another tab
  });
  addEventListener("popstate", followAddress);
}

/** On a phone the settings begin folded, so that the names come first; on a wide screen they are always open. */
function foldSettings() {
  const wide = matchMedia("(min-width: 52rem)");
  const fold = () => (byId("settings").open = wide.matches);
  wide.addEventListener("change", fold);
  fold();
}

async function begin() {
  foldSettings();
  try {
    content = opened(unpack(await inflated(byId("model").textContent)));
  } catch (error) {
    showStatus("What this page carries could not be unpacked. It needs a browser of 2023 or later.", true);
    throw error;
  }
  showStatus("Learning …", false);
  listen();
  listenToBox();
  await readAddress();
}

begin();
