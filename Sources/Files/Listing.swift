/// The page that shows a folder: names, sizes and times, folders first, without script.
///
/// ```swift
/// let page = Listing(path: ["photos"], folder: folder).html
/// ```
public struct Listing {
  public let path: [FileName]
  public let folder: Folder

  /// `path` leads from the root of the store to the folder.
  public init(path: [FileName], folder: Folder) {
    self.path = path
    self.folder = folder
  }

  /// A whole HTML document, in UTF-8.
  public var html: String {
    let title = "/" + path.map { $0.description + "/" }.joined()
    var page = """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(Self.escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      <main>
      <h1>\(breadcrumb)</h1>
      <table>
      <thead><tr><th>Name<th>Size<th>Modified, UTC</thead>
      <tbody>

      """
    if !path.isEmpty {
      page += "<tr class=\"up\"><td><a href=\"../\">../</a><td><td>\n"
    }
    for entry in folder.entries { page += row(entry) }
    page += "</tbody>\n</table>\n<p>\(Self.escaped(count))</p>\n</main>\n</html>\n"
    return page
  }

  private var breadcrumb: String {
    var text = path.isEmpty ? "<b>/</b>" : "<a href=\"/\">/</a>"
    for (index, name) in path.enumerated() {
      let shown = Self.escaped(name.description)
      if index == path.count - 1 {
        text += "<b>\(shown)</b>/"
      } else {
        text += "<a href=\"\(Array(path[...index]).percentEncoded)/\">\(shown)</a>/"
      }
    }
    return text
  }

  private func row(_ entry: FolderEntry) -> String {
    let slash = entry.isFolder ? "/" : ""
    let shown = Self.escaped(entry.name.description)
    let size = entry.isFolder ? "" : ByteCount(entry.size).description
    // "./" keeps a name with a colon from being read as a scheme (RFC 3986 §4.2).
    return """
      <tr\(entry.isFolder ? " class=\"folder\"" : "")>\
      <td><a href="./\(entry.name.percentEncoded)\(slash)">\(shown)\(slash)</a>\
      <td>\(size)<td>\(entry.modified)

      """
  }

  private var count: String {
    let folders = folder.entries.count { $0.isFolder }
    let files = folder.entries.count - folders
    let bytes = folder.entries.reduce(UInt64(0)) { $0 &+ $1.size }
    var parts: [String] = []
    if folders > 0 { parts.append(folders == 1 ? "1 folder" : "\(folders) folders") }
    if files > 0 { parts.append("\(files == 1 ? "1 file" : "\(files) files"), \(ByteCount(bytes))") }
    let text = parts.isEmpty ? "This folder is empty." : parts.joined(separator: ", ")
    return folder.isComplete ? text : text + "; there is more than this page shows."
  }

  /// Text as it may stand between tags and in quoted attributes.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // Control characters are no text; those that turn the direction of writing would let one name look
      // like another.
      case "\0"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{200e}"..."\u{200f}", "\u{202a}"..."\u{202e}",
        "\u{2066}"..."\u{2069}":
        result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static var style: String {
    """
    :root{color-scheme:light dark;--bg:#faf9f6;--panel:#fff;--ink:#1d1f24;--mut:#5f636b;--line:#e4e2db;
     --soft:#f2f0ea;--link:#2459c7}
    @media(prefers-color-scheme:dark){:root{--bg:#14161a;--panel:#1a1d22;--ink:#ebebe7;--mut:#a0a5ae;
     --line:#2b2f36;--soft:#22262c;--link:#82abff}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif;
     font-variant-numeric:tabular-nums}
    main{max-width:58rem;margin:0 auto;padding:2.5rem 1.25rem}
    h1{font-size:1.35rem;font-weight:400;margin:0 0 1.25rem;overflow-wrap:anywhere;color:var(--mut)}
    h1 b{font-weight:600;color:var(--ink)}
    a{color:var(--link);text-decoration:none}
    a:hover,a:focus-visible{text-decoration:underline;text-underline-offset:3px}
    table{width:100%;border-collapse:collapse;background:var(--panel);border:1px solid var(--line)}
    th{text-align:left;font-size:.8rem;font-weight:500;color:var(--mut);border-bottom:1px solid var(--line)}
    th,td{padding:.42rem .9rem}
    tbody tr+tr td{border-top:1px solid var(--line)}
    tbody tr:hover{background:var(--soft)}
    td:first-child{overflow-wrap:anywhere}
    th:nth-child(2),td:nth-child(2){text-align:right;white-space:nowrap}
    th:nth-child(n+2){width:1%;white-space:nowrap}
    td:nth-child(n+2){color:var(--mut);white-space:nowrap}
    .folder a{font-weight:600}
    p{color:var(--mut);font-size:.87rem;margin:1rem 0 0}
    @media(max-width:34rem){th:nth-child(3),td:nth-child(3){display:none}}
    """
  }
}
