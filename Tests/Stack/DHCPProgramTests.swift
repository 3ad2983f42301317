import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataWire
import Testing

/// A host without an address and a server, on one cable.
@Suite struct DHCPProgramTests {
  private struct Network {
    let world = World(seed: 3)
    let client: WorldHost
    let server: ProgramReference<DHCPServer>
    let program: ProgramReference<DHCPProgram>

    init(_ settings: DHCPServer = DHCPServer(), cable: CableSettings = CableSettings(delay: .milliseconds(2)))
    {
      client = world.host("client", AddressPrefix("0.0.0.0/0")!)
      let host = world.host("server", AddressPrefix("10.0.0.1/24")!)
      world.cable(client, host, cable)
      server = world.run(settings, on: host)
      let hardware = client.host.withInternet { $0.interface(0).hardware }
      program = world.run(
        DHCPProgram(interface: 0, hardware: hardware, random: Random(seed: 9)), on: client)
    }

    var address: Address { client.host.withInternet { $0.interface(0).address } }
    var lease: AddressPrefix? { world.program(program).lease?.address }
  }

  @Test func aHostWithoutAnAddressGetsOneAndItsRoutes() throws {
    let network = Network()
    try network.world.run(for: .seconds(1))
    #expect(network.lease == AddressPrefix("10.0.0.100/24") && network.address == Address("10.0.0.100"))
    let path = network.client.host.withInternet { $0.path(to: Address("192.0.2.1")!) }
    #expect(path?.nextHop == Address("10.0.0.1") && path?.source == Address("10.0.0.100"))
    #expect(network.world.program(network.server).heard == [.discover, .request])
  }

  @Test func itIsRenewedForAsLongAsTheServerAnswers() throws {
    let network = Network()
    try network.world.run(for: .seconds(6_000))
    #expect(network.address == Address("10.0.0.100"))
    let heard = network.world.program(network.server).heard
    // At half of 600 seconds each time.
    #expect(heard.count == 2 + 19 && heard.dropFirst().allSatisfy { $0 == .request })
  }

  @Test func theAddressGoesWithTheLease() throws {
    let network = Network()
    try network.world.run(for: .seconds(1))
    network.world.withProgram(network.server) { $0.isSilent = true }
    try network.world.run(for: .seconds(598))
    #expect(network.address == Address("10.0.0.100"))
    try network.world.run(for: .seconds(2))
    #expect(network.address.isUnspecified && network.lease == nil)
    #expect(network.client.host.withInternet { $0.path(to: Address("192.0.2.1")!) } == nil)
    network.world.withProgram(network.server) { $0.isSilent = false }
    try network.world.run(for: .seconds(70))
    #expect(network.address == Address("10.0.0.100"))
  }

  @Test func aRefusalTakesTheAddressAway() throws {
    let network = Network()
    try network.world.run(for: .seconds(1))
    network.world.withProgram(network.server) { $0.refuses = true }
    try network.world.run(for: .seconds(301))
    #expect(network.address.isUnspecified)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>) func aBadCableOnlyDelaysIt(seed: UInt64) throws {
    var cable = CableSettings(delay: .milliseconds(2), loss: 0.4, duplicate: 0.1)
    cable.reorder = 0.1
    let network = Network(cable: cable)
    try network.world.run(for: .seconds(400))
    #expect(network.address == Address("10.0.0.100"))
  }
}
