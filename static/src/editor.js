// Pages on which a message is written: the editor, and the list of files that go with it.
// Without it the textarea takes plain text, and the field takes files.
import { startFiles } from "./editor/files.js";
import { startWriting } from "./editor/writing.js";

for (const box of document.querySelectorAll("[data-files]")) startFiles(box);
for (const box of document.querySelectorAll("[data-composer]")) startWriting(box);
