import StrataCheckout
import Testing

extension InteropTests {
  /// What `--pcap` writes, in the eyes of tshark.
  @Suite(.serialized, .needs(.tool("tshark")), .needs(.tool("curl"))) struct Captures {
    /// Serves three files to connections of their own while the frames are kept, and reads them.
    private func capturing(
      _ options: [String], _ body: (Capture, WorkFolder) async throws -> Void
    ) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let names = (1...3).map { "\($0).bin" }
      for (seed, name) in zip(UInt64(1)..., names) {
        folder.writeRandom("site/\(name)", count: 1 << 20, seed: seed)
      }
      try await Server.serve(folder, ["--pcap", folder["run.pcapng"]] + options) { server in
        for name in names {
          try await Curl.fetch(server.url + name, to: folder[name], seconds: 120)
          #expect(folder.bytes(name) == folder.bytes("site/\(name)"))
        }
        // The client host says goodbye a moment later than curl; a lost FIN is sent again.
        try await Task.sleep(for: .seconds(2))
      }
      try await body(Capture(path: folder["run.pcapng"]), folder)
    }

    private func expectComplete(_ capture: Capture) async throws {
      let seen = try await capture.completeness()
      #expect(seen.count == 3, "a conversation for each download")
      for (stream, flags) in seen {
        #expect(flags & 31 == 31, "conversation \(stream) lacks a part: \(flags)")
        #expect(flags & 32 == 0, "conversation \(stream) ends with a reset")
      }
    }

    @Test func aRunWithoutLossIsSound() async throws {
      try await capturing([]) { capture, folder in
        try await capture.expectSound()
        try await expectComplete(capture)
        #expect(try await capture.count(where: "arp") >= 2)
        #expect(try await capture.count(where: "tcp.analysis.retransmission") == 0)
        #expect(try await capture.count(where: "tcp.analysis.lost_segment") == 0)
        #expect(try await capture.count(where: "tcp.analysis.zero_window || tcp.flags.reset == 1") == 0)
        #expect(try await capture.count(where: "http.request") == 3)
        #expect(try await capture.count(where: "http.response.code == 200") == 3)
        try await capture.exportObjects(to: folder["objects"])
        for name in ["1.bin", "2.bin", "3.bin"] {
          #expect(
            folder.bytes("objects/\(name)") == folder.bytes("site/\(name)"), "\(name) read back by tshark")
        }
      }
    }

    @Test func aRunWithFaultsIsSound() async throws {
      let faults = ["--loss", "2%", "--reorder", "2%", "--duplicate", "2%", "--seed", "3"]
      try await capturing(faults) { capture, _ in
        try await capture.expectSound()
        try await expectComplete(capture)
        // The cable did what it was told, and TCP mended it as RFC 2018 has it.
        #expect(try await capture.count(where: "tcp.analysis.lost_segment || tcp.analysis.out_of_order") > 0)
        #expect(try await capture.count(where: "tcp.options.sack_le") > 0)
      }
    }

    @Test func framesOfOneRunAreInOrderOfTime() async throws {
      try await capturing(["--delay", "3ms"]) { capture, _ in
        let times = try await capture.rows(["frame.time_epoch"]).compactMap { Double($0[0]) }
        #expect(times.count > 100 && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        // A round trip of 6 ms between SYN and SYN-ACK, at the client's end.
        let handshake = try await capture.rows(["tcp.stream", "tcp.time_delta"], where: "tcp.flags == 0x012")
        #expect(handshake.count == 3)
        for row in handshake {
          let span = Double(row[1]) ?? 0
          #expect(span >= 0.006 && span < 0.1, "\(span) s from SYN to SYN-ACK")
        }
      }
    }

    @Test func captureFilesThatCannotBeWrittenAreSaid() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let outcome = try await Strata.run(
        ["serve", folder.site, "--listen", "127.0.0.1:0", "--pcap", folder["none/run.pcapng"]], seconds: 20)
      #expect(outcome.ending == .exited(1))
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: "), "\(outcome.errors)")
    }
  }
}
