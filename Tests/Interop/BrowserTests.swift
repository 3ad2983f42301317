import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// A real browser through the cable.
  @Suite(.serialized, .needs(.tool("chromium"))) struct Browsers {
    private func browsing(_ body: (Server, Browser, WorkFolder) async throws -> Void) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/notes/first.md", "# First\n")
      folder.write("site/music/caf\u{e9} & <b>tea.txt", "text\n")
      folder.write("site/letter.txt", String(repeating: "A line of a letter.\n", count: 200))
      folder.writeRandom("site/random.bin", count: 3_400_000)
      folder.write("site/picture.bmp", bytes: Picture.bitmap(width: 640, height: 360))
      folder.write(
        "site/page.html",
        """
        <!doctype html><meta charset="utf-8"><title>A page</title>
        <h1>A picture through our own TCP</h1>
        <img src="picture.bmp" onload="document.body.dataset.size = this.naturalWidth + 'x' + this.height">
        <script src="script.js"></script>

        """)
      folder.write("site/script.js", "document.body.dataset.script = 'ran'\n")
      try await Server.serve(folder) { try await body($0, Browser(folder: folder), folder) }
    }

    @Test func aListingIsShown() async throws {
      try await browsing { server, browser, folder in
        let document = try await browser.document(at: server.url)
        for name in ["music/", "notes/", "letter.txt", "page.html", "picture.bmp", "random.bin"] {
          #expect(document.contains(">\(name)</a>"), "\(name) is not in the page")
        }
        try await expectPicture(of: server.url, browser, folder, keptAs: "STRATA_LISTING_PICTURE")
        let deep = try await browser.document(at: server.url + "music/")
        #expect(deep.contains("caf\u{e9} &amp; &lt;b&gt;tea.txt"), "a name stays a name: \(deep)")
      }
    }

    @Test func aPageWithAPictureIsShown() async throws {
      try await browsing { server, browser, folder in
        let document = try await browser.document(at: server.url + "page.html")
        #expect(document.contains("data-size=\"640x360\""), "\(document)")
        #expect(document.contains("data-script=\"ran\""), "\(document)")
        try await expectPicture(of: server.url + "page.html", browser, folder, keptAs: nil)
      }
    }

    /// The screenshot is a PNG of the window's size and shows more than an empty page does. An environment
    /// variable may name a file to keep it in.
    private func expectPicture(
      of url: String, _ browser: Browser, _ folder: WorkFolder, keptAs variable: String?
    ) async throws {
      try await browser.screenshot(of: "about:blank", to: folder["blank.png"])
      try await browser.screenshot(of: url, to: folder["page.png"])
      let picture = try #require(folder.bytes("page.png"))
      #expect(picture.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
      let blank = try #require(folder.size("blank.png"))
      #expect(picture.count > 2 * blank, "\(picture.count) bytes, and an empty page has \(blank)")
      #expect(
        picture.count > 16 && Array(picture[16..<24]) == [0, 0, 3, 232, 0, 0, 2, 188], "1000 by 700 dots")
      if let variable, let kept = getenv(variable) {
        _ = try await Outcome.of("cp", [folder["page.png"], String(cString: kept)])
      }
    }
  }
}
