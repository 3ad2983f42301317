import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// ping, traceroute and netcat, by themselves and against programs that others wrote.
  @Suite(.serialized) struct Tools {
    /// Runs a line of shell, in which `$S` is the executable.
    private func shell(_ line: String, seconds: Double = 60) async throws -> Outcome {
      try await Outcome.of("bash", ["-c", "S='\(Strata.path)'; \(line)"], seconds: seconds)
    }

    @Test(.needs(.echo), arguments: ["127.0.0.1", "::1", "localhost"])
    func theKernelAnswersAPing(_ host: String) async throws {
      let outcome = try await Strata.run(["ping", host, "-c", "2", "-i", "10ms", "--on", "kernel"])
      #expect(outcome.isSuccess, "\(outcome.errors)")
      #expect(outcome.outputLines.count == 3 && outcome.outputLines[1].contains("seq=2 ttl=64 time="))
      #expect(outcome.output.contains("2 sent, 2 received, 0% lost"))
    }

    @Test func aPingOverABadCableIsTheSameForTheSameSeed() async throws {
      let line = ["ping", "server", "-c", "20", "--loss", "50%", "--pace", "free", "--seed", "2"]
      let first = try await Strata.run(line), second = try await Strata.run(line)
      let other = try await Strata.run(line.dropLast() + ["1"])
      #expect(first.isSuccess && first.output == second.output && first.output != other.output)
      #expect(first.output.contains("20 sent, ") && !first.output.contains("20 received"))
    }

    @Test func aPingThatNobodyAnswersFails() async throws {
      let outcome = try await Strata.run(
        ["ping", "10.0.0.9", "-c", "2", "--timeout", "5s", "--pace", "free"])
      #expect(outcome.ending == .exited(1))
      #expect(outcome.output.contains("from 10.0.0.1: seq=1: the host does not answer on its network"))
      #expect(outcome.outputLines.last?.contains("2 sent, 0 received") == true, "\(outcome.output)")
    }

    @Test func anInterruptedPingPrintsItsSummary() async throws {
      // The second request is so far away that the signal never meets one on its way.
      let child = try Child(Strata.path, ["ping", "server", "-i", "60s"])
      defer { child.end() }
      try await child.wait(seconds: 20) { child.output.contains("seq=1") ? () : nil }
      child.signal(SIGINT)
      #expect(try await child.wait(seconds: 10) == .exited(0))
      #expect(child.output.contains("1 sent, 1 received, 0% lost; min/avg/max/mdev"))
    }

    @Test(arguments: [["-4"], ["-6"], ["-4", "--icmp"], ["-6", "--icmp"]])
    func theRoutersOfTheCableAreListed(_ options: [String]) async throws {
      let outcome = try await Strata.run(["traceroute", "server", "--pace", "free"] + options)
      let routers =
        options[0] == "-4"
        ? ["10.0.0.254", "10.0.1.254", "10.0.2.254", "10.0.3.2"]
        : ["fd00::fe", "fd00:0:0:1::fe", "fd00:0:0:2::fe", "fd00:0:0:3::2"]
      let lines = routers.enumerated().map { number, router in
        let time = "  \(4 + 2 * number).000 ms"
        return " \(number + 1)  \(router)\(time)\(time)\(time)\n"
      }
      #expect(outcome.isSuccess && outcome.output == lines.joined(), "\(outcome.output)\(outcome.errors)")
    }

    @Test func aNetworkThatNoRouterKnowsIsMarked() async throws {
      let outcome = try await Strata.run(["traceroute", "10.9.9.9", "--pace", "free"])
      #expect(outcome.ending == .exited(1))
      #expect(outcome.outputLines.count == 4 && outcome.outputLines[3].hasSuffix(" !N"), "\(outcome.output)")
    }

    @Test func theKernelsOwnAddressIsOneHopAway() async throws {
      for address in ["127.0.0.1", "::1"] {
        let outcome = try await Strata.run(["traceroute", address, "--on", "kernel"])
        #expect(outcome.isSuccess && outcome.outputLines.count == 1, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.hasPrefix(" 1  \(address)  "))
      }
    }

    @Test func aFileComesBackFromTheEchoOfTheCable() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("in", count: 4 << 20)
      for options in ["-4", "-6 --loss 1%"] {
        let line = "$S netcat server 7 --pace free \(options) <'\(folder["in"])' >'\(folder["out"])'"
        let outcome = try await shell(line)
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(folder.bytes("out") == folder.bytes("in"))
      }
    }

    @Test(.needs(.tool("python3"))) func aFileGoesBothWaysBetweenNetcatAndPython() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("in", count: 4 << 20)
      // Sends back what it gets, turned round, once the other end has ended.
      folder.write(
        "peer.py",
        """
        import socket, sys
        s = socket.create_server(("127.0.0.1", 0))
        print(s.getsockname()[1], flush=True)
        c, _ = s.accept()
        data = b"".join(iter(lambda: c.recv(65536), b""))
        c.sendall(data[::-1])
        """)
      let peer = try Child("python3", [folder["peer.py"]])
      defer { peer.end() }
      let port = try await peer.wait(seconds: 20) {
        peer.output.hasSuffix("\n") ? peer.output.dropLast() : nil
      }
      let outcome = try await shell(
        "$S netcat 127.0.0.1 \(port) --on kernel <'\(folder["in"])' >'\(folder["out"])'")
      #expect(outcome.isSuccess, "\(outcome.errors)")
      #expect(folder.bytes("out") == folder.bytes("in")?.reversed())
    }

    @Test func aListenerTakesAFileFromAPeerThatSendsNothingElse() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("in", count: 4 << 20)
      let listener = try Child(Strata.path, ["netcat", "--listen", "127.0.0.1", "0", "--on", "kernel"])
      defer { listener.end() }
      let port = try await listener.wait(seconds: 20) {
        listener.errors.hasSuffix("\n") ? listener.errors.dropLast().split(separator: ":").last : nil
      }
      let outcome = try await shell(
        "$S netcat 127.0.0.1 \(port) --on kernel <'\(folder["in"])' | sha256sum; sha256sum <'\(folder["in"])'"
      )
      #expect(outcome.outputLines.first?.hasPrefix("e3b0c44298fc1c14") == true, "the listener sent nothing")
      #expect(try await listener.wait(seconds: 20) == .exited(0))
    }

    @Test func aStoppedReaderStopsTheSender() async throws {
      // Nobody reads what comes back: with bounded buffers the endless input has to stop.
      let outcome = try await shell(
        "$S netcat server 7 --pace free </dev/zero > >(sleep 3) & p=$!; sleep 2; "
          + "grep VmHWM /proc/$p/status; kill $p")
      let words = outcome.output.split(whereSeparator: \.isWhitespace)
      let held = words.count == 3 ? Int(words[1]) ?? 0 : 0
      #expect(held > 0 && held < 65_536, "\(outcome.output)\(outcome.errors)")
    }

    @Test func datagramsComeBackToo() async throws {
      let outcome = try await shell("printf hello | $S netcat --udp server 7 --pace free")
      #expect(outcome.isSuccess && outcome.output == "hello", "\(outcome.errors)")
    }

    @Test(arguments: [
      ["ping"], ["ping", "server", "-c", "0"], ["ping", "nobody"], ["ping", "server", "--ttl", "256"],
      ["ping", "::1", "-4"], ["ping", "server", "-4", "-6"], ["traceroute", "server", "--hops", "99"],
      ["netcat"], ["netcat", "server"], ["netcat", "server", "http"], ["netcat", "server", "0"],
      ["netcat", "--listen", "80"], ["netcat", "server", "7", "--keep"],
    ])
    func aWrongCommandLineIsOneSentence(_ arguments: [String]) async throws {
      let outcome = try await Strata.run(arguments, seconds: 20)
      #expect(outcome.ending == .exited(64) && outcome.output == "", "\(outcome.ending)")
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: "), "\(outcome.errors)")
    }

    @Test func whereNobodyListensNetcatFails() async throws {
      for host in [["server", "99", "--pace", "free"], ["127.0.0.1", "1", "--on", "kernel"]] {
        let outcome = try await Strata.run(["netcat"] + host, seconds: 20)
        #expect(outcome.ending == .exited(1) && outcome.errors.contains("nobody listens there"))
      }
    }
  }
}
