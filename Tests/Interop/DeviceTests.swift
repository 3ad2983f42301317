import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// Strata on links of the kernel: curl, and a kernel's own server, at the other end.
  @Suite(.serialized, .needs(.root), .needs(.tool("ip")), .needs(.tool("curl"))) struct Devices {
    static let own = ["--address", "10.9.0.2/24", "--address6", "fd09::2/64"]
    static let kernel = ["--host-address", "10.9.0.1/24", "--host-address6", "fd09::1/64"]
    static let hosts = ["10.9.0.2", "[fd09::2]"]

    /// 64 MiB, by name and digest.
    private func big(_ folder: WorkFolder) async throws -> Substring {
      folder.writeRandom("site/big.bin", count: 64 << 20)
      return try await folder.digests(["site/big.bin"])[0]
    }

    private func expectSame(
      _ folder: WorkFolder, _ name: String, _ digest: Substring, _ what: String
    ) async throws {
      #expect(try await folder.digests([name]) == [digest], "\(what)")
      unlink(folder[name])
    }

    @Test(arguments: ["tap:st0", "tun:st0"], [[], ["--no-offload"]])
    func whatCurlGetsIsWhatIsThere(_ ground: String, _ options: [String]) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let digest = try await big(folder)
      let network = try await Namespace()
      try await network.serve(folder, ["--on", ground] + Self.own + Self.kernel + options) {
        for host in Self.hosts {
          let outcome = try await network.run(
            "curl", ["-sS", "-m", "50", "-o", folder["got"], "http://\(host)/big.bin"])
          #expect(outcome.isSuccess, "\(ground), \(host): \(outcome.errors)")
          try await expectSame(folder, "got", digest, "\(ground), \(host)")
        }
        #expect(try await network.hasLink("st0"))
        #expect(try await network.badChecksums() == 0)
      }
      #expect(try await !network.hasLink("st0"), "the link outlives its maker")
    }

    @Test(arguments: ["tap:st0", "tun:st0"], [[], ["--no-offload"]])
    func whatStrataGetsIsWhatIsThere(_ ground: String, _ options: [String]) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let digest = try await big(folder)
      let network = try await Namespace()
      try await network.serve(folder, ["--on", "kernel", "--listen", "[::]:8000"]) {
        for host in ["10.9.0.1", "[fd09::1]"] {
          let outcome = try await network.run(
            Strata.path,
            ["get", "http://\(host):8000/big.bin", "-o", folder["got"], "--on", ground] + Self.own
              + Self.kernel + options)
          #expect(outcome.isSuccess, "\(ground), \(host): \(outcome.errors)")
          try await expectSame(folder, "got", digest, "\(ground), \(host)")
        }
        #expect(try await network.badChecksums() == 0)
      }
    }

    @Test(arguments: [[], ["--no-offload"]])
    func aPacketSocketIsAHostOnSomebodyElsesLink(_ options: [String]) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let digest = try await big(folder)
      let near = try await Namespace(), far = try await Namespace()
      try await near.cable("veth0", to: far, "veth1")
      try await far.ip("addr", "add", "10.9.0.1/24", "dev", "veth1")
      try await far.ip("addr", "add", "fd09::1/64", "dev", "veth1", "nodad")
      try await near.serve(folder, ["--on", "packet:veth0"] + Self.own + options) {
        for host in Self.hosts {
          let outcome = try await far.run(
            "curl", ["-sS", "-m", "50", "-o", folder["got"], "http://\(host)/big.bin"])
          #expect(outcome.isSuccess, "\(host): \(outcome.errors)")
          try await expectSame(folder, "got", digest, host)
        }
      }
      #expect(try await far.badChecksums() == 0)
      #expect(try await near.hasLink("veth0"), "a link that Strata did not make stays")
    }

    @Test(.needs(.tool("tshark")), arguments: ["tap:st0", "tun:st0"])
    func aCaptureShowsWhatAWireWouldCarry(_ ground: String) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/some.bin", count: 1 << 20)
      let network = try await Namespace()
      let options = ["--on", ground, "--pcap", folder["seen.pcapng"]]
      try await network.serve(folder, options + Self.own + Self.kernel) {
        for host in Self.hosts {
          let outcome = try await network.run("curl", ["-sS", "-o", "/dev/null", "http://\(host)/some.bin"])
          #expect(outcome.isSuccess, "\(outcome.errors)")
        }
      }
      let capture = Capture(path: folder["seen.pcapng"])
      try await capture.expectSound()
      #expect(try await capture.count(where: "tcp.len > 1460") == 0)
      #expect(try await capture.count(where: "ip && tcp.len > 0") > 700)
      #expect(try await capture.count(where: "ipv6 && tcp.len > 0") > 700)
    }

    @Test(.needs(.tool("tshark")))
    func withoutOffloadsTheKernelSeesRightSumsOnly() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/some.bin", count: 1 << 20)
      let network = try await Namespace()
      let options = ["--on", "tap:st0", "--no-offload"]
      try await network.serve(folder, options + Self.own + Self.kernel) {
        let path = folder["kernel.pcapng"]
        let watcher = try network.start("tshark", ["-n", "-i", "st0", "-w", path, "-c", "4000"])
        defer { watcher.end() }
        // Again until the watcher, which says too early that it watches, has seen enough.
        for _ in 0..<60 where watcher.poll() == nil {
          for host in Self.hosts {
            _ = try await network.run("curl", ["-sS", "-o", "/dev/null", "http://\(host)/some.bin"])
          }
        }
        #expect(try await watcher.wait(seconds: 20) == .exited(0), "\(watcher.errors)")
        let capture = Capture(path: path)
        let ours = "(ip.src == 10.9.0.2 || ipv6.src == fd09::2)"
        #expect(try await capture.count(where: "\(ours) && tcp.len > 0") > 700)
        #expect(try await capture.count(where: "\(ours) && tcp && !(tcp.checksum.status == 1)") == 0)
      }
    }

    @Test(.needs(.tool("setpriv"))) func withoutTheRightToMakeLinksItSaysWhatToRun() async throws {
      let network = try await Namespace()
      let outcome = try await network.run(
        "setpriv",
        ["--bounding-set", "-net_admin", Strata.path, "serve", "/tmp", "--on", "tap:st0"] + Self.own
          + Self.kernel)
      #expect(outcome.ending == .exited(69))
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("ip tuntap add dev st0 mode tap user $USER"))
      #expect(outcome.errors.contains("ip addr add 10.9.0.1/24 dev st0"))
    }

    @Test func aLinkThatCannotBeUsedIsSaid() async throws {
      let network = try await Namespace()
      try await network.ip("tuntap", "add", "dev", "other", "mode", "tun")
      for (ground, sentence) in [
        ("tap:other", "in use or of another kind"), ("tap:", "cannot name a link"),
        ("tap:a-name-that-is-too-long", "cannot name a link"), ("packet:none", "no link none"),
        ("packet:other", "not Ethernet"),
      ] {
        let outcome = try await network.run(
          Strata.path, ["serve", "/tmp", "--on", ground, "--address", "10.9.0.2/24"])
        #expect(outcome.ending == .exited(1), "\(ground): \(outcome.errors)")
        #expect(outcome.errors.contains(sentence), "\(ground): \(outcome.errors)")
      }
    }

    @Test func aServerWhoseLinkGoesAwayEnds() async throws {
      let network = try await Namespace()
      let child = try network.start(
        Strata.path, ["serve", "/tmp", "--on", "tap:st0", "--address", "10.9.0.2/24"])
      defer { child.end() }
      _ = try await child.wait(seconds: 20) { child.output.contains("open ") ? true : nil }
      try await network.ip("link", "delete", "st0")
      let ending = try await child.wait(seconds: 20)
      #expect(ending == .exited(1))
      #expect(child.errors.contains("st0 is down"), "\(child.errors)")
    }
  }
}
