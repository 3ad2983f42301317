import StrataBase
import Testing

@Suite struct SequenceNumberTests {
  @Test func numbersGoAroundTheCircle() {
    let last = SequenceNumber(.max)
    #expect(last + 1 == SequenceNumber(0))
    #expect(SequenceNumber(0) - 1 == last)
    #expect(SequenceNumber(5) - last == 6)
    #expect(last - SequenceNumber(5) == -6)
    var number = last
    number += 10
    #expect(number == SequenceNumber(9))
    #expect(last.description == "4294967295")
  }

  @Test(arguments: [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff] as [UInt32])
  func orderHoldsForLessThanHalfTheCircle(_ raw: UInt32) {
    let here = SequenceNumber(raw)
    for step in [1, 1_460, 0x7fff_fffe, 0x7fff_ffff] {
      let there = here + step
      #expect(here < there && here <= there && there > here && there >= here)
      #expect(!(there < here) && !(there <= here) && !(here > there) && !(here >= there))
      #expect(there - here == step)
      #expect(SequenceNumber.max(here, there) == there)
      #expect(SequenceNumber.max(there, here) == there)
    }
    #expect(here <= here && here >= here && !(here < here) && !(here > here))
  }
}
