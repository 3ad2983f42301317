import StrataCheckout
import Testing

extension InteropTests {
  /// The example of docs/tunnel.md, with the kernel's TCP at both of its ends.
  @Suite struct TunnelTests {
    @Test(.needs(.root), .needs(.tool("python3")), .needs(.tool("ip")))
    func aThousandFlowsPassThroughAStackOf16Mebibytes() async throws {
      let script = "\(Checkout.root)/Tests/Interop/Peers/tunnel.sh"
      let tunnel = Strata.path.dropLast("strata".count) + "tunnel"
      let outcome = try await Outcome.of("bash", [script, String(tunnel), "1000", "16"], seconds: 120)
      #expect(outcome.ending == .exited(0), "\(outcome.errors)")
      #expect(outcome.output.contains("1000 of 1000 flows equal, refused True"))
    }
  }
}
