/// How a program ended and what it said.
struct Outcome {
  let ending: Child.Ending
  let output: String
  let errors: String

  /// Runs a program to its end; `seconds` are the most it may take.
  static func of(_ program: String, _ arguments: [String], seconds: Double = 60) async throws -> Outcome {
    let child = try Child(program, arguments)
    let ending = try await child.wait(seconds: seconds)
    return Outcome(ending: ending, output: child.output, errors: child.errors)
  }

  var isSuccess: Bool { ending == .exited(0) }
  var outputLines: [Substring] { output.split(separator: "\n") }
  var errorLines: [Substring] { errors.split(separator: "\n") }
}
