import Testing

/// A pcapng file, as tshark reads it.
struct Capture {
  let path: String

  private var reading: [String] {
    ["-n", "-2", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
  }

  /// The fields of every frame that the filter lets through, one row a frame.
  func rows(_ fields: [String], where filter: String = "frame") async throws -> [[Substring]] {
    let outcome = try await Outcome.of(
      "tshark", reading + ["-Y", filter, "-T", "fields"] + fields.flatMap { ["-e", $0] }, seconds: 120)
    #expect(outcome.isSuccess, "tshark: \(outcome.errors)")
    return outcome.outputLines.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
  }

  func count(where filter: String) async throws -> Int {
    try await rows(["frame.number"], where: filter).count
  }

  /// For each TCP conversation what was seen of it: 1 SYN, 2 SYN-ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
  func completeness() async throws -> [Substring: Int] {
    var seen: [Substring: Int] = [:]
    for row in try await rows(["tcp.stream", "tcp.completeness"], where: "tcp") where row.count == 2 {
      seen[row[0], default: 0] |= Int(row[1]) ?? 0
    }
    return seen
  }

  /// Writes the objects that HTTP carried into a folder, which it makes.
  func exportObjects(to folder: String) async throws {
    let outcome = try await Outcome.of(
      "tshark", reading + ["-q", "--export-objects", "http,\(folder)"], seconds: 120)
    #expect(outcome.isSuccess, "tshark: \(outcome.errors)")
  }

  /// No frame that tshark cannot read, and a good sum in every IPv4 and TCP header.
  func expectSound() async throws {
    #expect(try await count(where: "_ws.malformed") == 0)
    #expect(try await count(where: "ip.checksum.status == 0 || tcp.checksum.status == 0") == 0)
    #expect(try await count(where: "ip && !(ip.checksum.status == 1)") == 0)
    #expect(try await count(where: "tcp && !(tcp.checksum.status == 1)") == 0)
    #expect(try await count(where: "icmp && !(icmp.checksum.status == 1)") == 0)
  }
}
