import HTTPTypes
import StrataFiles

/// The small page that explains a status other than success.
struct StatusPage {
  let status: HTTPResponse.Status
  let sentence: String

  var html: [UInt8] {
    let title = "\(status.code) \(status.reasonPhrase)"
    let page = """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;
      margin:4rem auto;padding:0 1.25rem}h1{font-size:1.35rem;font-weight:600}</style>
      <h1>\(title)</h1>
      <p>\(Listing.escaped(sentence))</p>
      </html>

      """
    return Array(page.utf8)
  }
}
