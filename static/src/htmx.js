// htmx, for the pages that swap a part of themselves.
import htmx from "htmx.org/dist/htmx.esm.js";

window.htmx = htmx;
