// What scripts add to the pages. Every page is whole without them.
import "htmx.org";
import Alpine from "@alpinejs/csp";
import "./js/combobox.js";
import "./js/crop.js";
import "./js/drawer.js";
import "./js/facets.js";
import photo from "./js/photo.js";
import "./js/results.js";
import theme from "./js/theme.js";
import "./js/viewed.js";
import "./js/voice.js";
import "./js/why.js";

Alpine.data("photo", photo);
Alpine.data("theme", theme);
Alpine.start();
