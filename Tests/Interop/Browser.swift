import Testing

/// Chromium without a window.
struct Browser {
  let folder: WorkFolder

  private func run(_ arguments: [String]) async throws -> Outcome {
    // `timeout` ends the browser's own processes with it.
    try await Outcome.of(
      "timeout",
      [
        "--kill-after=5", "90", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
        "--disable-dev-shm-usage", "--no-proxy-server", "--no-first-run", "--hide-scrollbars",
        "--user-data-dir=\(folder["browser"])", "--window-size=1000,700",
      ] + arguments, seconds: 120)
  }

  /// The page as it stands after its images and scripts have loaded.
  func document(at url: String) async throws -> String {
    let outcome = try await run(["--dump-dom", url])
    #expect(outcome.isSuccess, "chromium: \(outcome.errors)")
    return outcome.output
  }

  /// Writes a picture of the page.
  func screenshot(of url: String, to path: String) async throws {
    let outcome = try await run(["--screenshot=\(path)", url])
    #expect(outcome.isSuccess, "chromium: \(outcome.errors)")
  }
}
