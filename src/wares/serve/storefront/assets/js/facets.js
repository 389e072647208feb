// A long facet can be searched in, and prices have a slider beside their numbers.
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

document.addEventListener("input", (event) => {
  const group = event.target.matches?.(".facet-search") && event.target.closest("[data-facet]");
  if (!group) return;
  const wanted = folded(event.target.value.trim());
  const more = group.querySelector("details.more");
  let left = 0;
  for (const item of group.querySelectorAll("li")) {
    const fits = folded(item.querySelector("bdi").textContent).includes(wanted);
    item.hidden = !fits;
    left += fits;
  }
  if (wanted) more.open = true;
  more.classList.toggle("searched", Boolean(wanted));
  group.querySelector(".facet-none").hidden = left > 0;
});

// Two thumbs over one line. They write into the number fields, which the form sends.
function slide(form) {
  if (form.previousElementSibling?.matches(".slider")) return;
  const [least, most] = [Number(form.dataset.low), Number(form.dataset.high)];
  if (!(most > least)) return;
  const slider = document.createElement("div");
  slider.className = "slider";
  const ends = ["min", "max"].map((name) => {
    const field = form.elements[name];
    const end = document.createElement("input");
    end.type = "range";
    end.id = `slide-${name}`;
    [end.min, end.max] = [Math.floor(least), Math.ceil(most)];
    end.step = most - least > 20 ? 1 : "any";
    end.value = field.value || (name === "min" ? least : most);
    end.setAttribute("aria-label", name === "min" ? form.dataset.from : form.dataset.to);
    end.setAttribute("aria-valuetext", `${end.value} ${form.dataset.currency}`);
    end.addEventListener("input", () => {
      const [low, high] = ends.map((each) => Number(each.value));
      if (low > high) end.value = end === ends[0] ? high : low;
      const extreme = end.value === (name === "min" ? end.min : end.max);
      field.value = extreme ? "" : end.value;
      end.setAttribute("aria-valuetext", `${end.value} ${form.dataset.currency}`);
    });
    end.addEventListener("change", () => form.requestSubmit());
    return end;
  });
  slider.append(...ends);
  form.before(slider);
}

const slideAll = () => document.querySelectorAll(".price-form[data-low]").forEach(slide);
slideAll();
document.addEventListener("htmx:after:process", slideAll);
