// Copying, and messages that something was done.

async function copy(text, message) {
  try {
    await navigator.clipboard.writeText(text);
    showMessage(message);
  } catch {
    showMessage(copyBySelection(text) ? message : "This browser does not let a page copy.");
  }
}

/** Copy where the page has no access to the clipboard. Returns whether it could. */
function copyBySelection(text) {
  const area = element("textarea", text);
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

/** Copy the address, and say for whom it works. */
async function share() {
  await packOwn();
  await writeAddress();
  const file = location.protocol === "file:" ? " It opens this file, so send the file too." : "";
  const left = chosen.includes(OWN) && !ownInAddress[1] ? " Your list is too long for it: send that too, to be pasted." : "";
  const never = byId("never").value.length > MOST_NEVER ? " What must never come is too long for it." : "";
  copy(location.href, `Link copied.${file}${left}${never}`);
}

let messageTimer;

/** Show for a moment that something was done. */
function showMessage(text) {
  byId("done").replaceChildren(element("span", text));
  clearTimeout(messageTimer);
  messageTimer = setTimeout(() => byId("done").replaceChildren(), 2000 + 50 * text.length);
}
