import Testing

/// curl, as a client that others wrote.
enum Curl {
  /// Its own settings only, no proxy, and never longer than `seconds`.
  static func arguments(_ rest: [String], seconds: Int) -> [String] {
    ["--disable", "--noproxy", "*", "--silent", "--show-error", "--max-time", "\(seconds)"] + rest
  }

  static func run(_ arguments: [String], seconds: Int = 60) async throws -> Outcome {
    try await Outcome.of("curl", Curl.arguments(arguments, seconds: seconds), seconds: Double(seconds) + 30)
  }

  /// Fetches a URL into a file, and expects curl to be content.
  static func fetch(
    _ url: String, to path: String, _ options: [String] = [], seconds: Int = 60,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let outcome = try await run(["--fail", "--output", path] + options + [url], seconds: seconds)
    #expect(outcome.isSuccess, "curl \(url): \(outcome.errors)", sourceLocation: sourceLocation)
  }

  /// Asks for a URL and hands over the answer's head and content.
  static func ask(_ url: String, _ options: [String] = [], seconds: Int = 60) async throws -> Answer {
    let outcome = try await run(["--include", "--path-as-is"] + options + [url], seconds: seconds)
    #expect(outcome.isSuccess, "curl \(url): \(outcome.errors)")
    return Answer(outcome.output)
  }
}
