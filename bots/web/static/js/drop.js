// Files that are dropped or pasted anywhere on the page.

/** `onFiles(files)` hears each lot. The veil is shown while files hover over the page. */
export function takeDropsAndPastes(onFiles) {
  const veil = document.getElementById("veil");
  let depth = 0;
  const over = (by) => {
    depth = Math.max(depth + by, 0);
    veil.hidden = depth === 0;
  };

  addEventListener("dragenter", (event) => holdsFiles(event.dataTransfer) && over(1));
  addEventListener("dragleave", (event) => holdsFiles(event.dataTransfer) && over(-1));
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", (event) => {
    over(-Infinity);
    if (!holdsFiles(event.dataTransfer)) return;
    event.preventDefault();
    onFiles([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // Office programs put a picture of copied text beside it: then the text is meant.
    if (files.length === 0 || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    onFiles(files);
  });
}

const holdsFiles = (transfer) => transfer !== null && transfer.types.includes("Files");
