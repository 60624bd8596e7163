(function () {
  "use strict";
  var root = document.documentElement, key = "double-random-language";
  function stored(value) {
    try { if (value) { localStorage.setItem(key, value); } return localStorage.getItem(key); }
    catch (refused) { return null; }
  }
  function show(name) {
    root.lang = name === "en" ? "en" : "zh-CN";
    document.title = document.body.getAttribute("data-title-" + name);
  }
  ["zh", "en"].forEach(function (name) {
    document.getElementById("lang-" + name).addEventListener("change", function () {
      stored(name); show(name);
    });
  });
  var asked = /[?&]lang=(zh|en)\b/.exec(location.search);
  var first = asked ? asked[1] : stored() === "en" ? "en" : "zh";
  document.getElementById("lang-" + first).checked = true;
  show(first);
  addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
  });
})();
