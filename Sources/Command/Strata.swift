import ArgumentParser
import Glibc

/// The command line. Standard output carries results, standard error everything that is said about them.
@main struct Strata: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "strata",
    abstract: "A network stack you can see through.",
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(name: "Serve", subcommands: [Serve.self, Get.self, Between.self]),
      CommandGroup(name: "See", subcommands: [Replay.self]),
      CommandGroup(name: "Run", subcommands: [Ping.self, Traceroute.self, Netcat.self]),
      CommandGroup(name: "Check", subcommands: [Hunt.self, Bench.self, Version.self]),
    ])

  static func main() {
    do {
      if let verb = CommandLine.arguments.dropFirst().first, let need = Planned.need(ofVerb: verb) {
        throw CommandFailure.missing(need)
      }
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      Console.complain(failure.description)
      Glibc.exit(failure.kind.rawValue)
    } catch {
      // Help and version are no failures; what is one gets its sentence alone, without the usage text.
      let code = exitCode(for: error)
      if code == .success || message(for: error).isEmpty { exit(withError: error) }
      Console.complain(message(for: error))
      Glibc.exit(code.rawValue)
    }
  }
}
