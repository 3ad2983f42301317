import StrataFiles
import Testing

@Suite struct ListingTests {
  func body(_ page: String) -> String { String(page[page.range(of: "<main>")!.lowerBound...]) }

  @Test func aFolderIsShownAsThisPage() {
    let time = FileTime(seconds: 0)
    let entries = [
      FolderEntry(name: "b & <c>\".txt", isFolder: false, size: 1_500, modified: time),
      FolderEntry(name: FileName([0x61, 0xff]), isFolder: false, size: 7, modified: time),
      FolderEntry(name: "x:y", isFolder: true, size: 0, modified: time),
    ]
    let page = Listing(path: ["p q", "<r>"], folder: Folder(entries: entries.sorted())).html
    #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"))
    #expect(page.contains("<title>/p q/&lt;r&gt;/</title>"))
    #expect(!page.contains("<script"))
    #expect(
      body(page) == """
        <main>
        <h1><a href="/">/</a><a href="/p%20q/">p q</a>/<b>&lt;r&gt;</b>/</h1>
        <table>
        <thead><tr><th>Name<th>Size<th>Modified, UTC</thead>
        <tbody>
        <tr class="up"><td><a href="../">../</a><td><td>
        <tr class="folder"><td><a href="./x%3Ay/">x:y/</a><td><td>1970-01-01 00:00
        <tr><td><a href="./a%FF">a\u{fffd}</a><td>7 B<td>1970-01-01 00:00
        <tr><td><a href="./b%20%26%20%3Cc%3E%22.txt">b &amp; &lt;c&gt;&quot;.txt</a>\
        <td>1.5 kB<td>1970-01-01 00:00
        </tbody>
        </table>
        <p>1 folder, 2 files, 1.5 kB</p>
        </main>
        </html>

        """)
  }
  @Test func theRootHasNoParent() {
    let page = body(Listing(path: [], folder: Folder(entries: [])).html)
    #expect(!page.contains("../"))
    #expect(page.contains("<h1><b>/</b></h1>") && page.contains("This folder is empty."))
  }
  @Test func aCutListingSaysSo() {
    let page = Listing(path: [], folder: Folder(entries: [], isComplete: false)).html
    #expect(page.contains("there is more than this page shows"))
  }
  @Test func charactersThatDisguiseANameAreReplaced() {
    #expect(Listing.escaped("a\u{202e}b\nc") == "a\u{fffd}b\u{fffd}c")
  }
}

extension String {
  /// Without Foundation.
  func range(of part: String) -> Range<Index>? { ranges(of: part).first }
}
