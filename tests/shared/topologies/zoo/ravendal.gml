graph [
  DateObtained "17/02/11"
  GeoLocation "Ravendal"
  GeoExtent "Country"
  Network "Ravendal"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Ravendal"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Faldawald"
    Country "Ravendal"
    Longitude 13.03311
    Internal 1
    Latitude 49.35467
  ]
  node [
    id 1
    label "Pelmouth"
    Country "Ravendal"
    Longitude 8.9403
    Internal 1
    Latitude 51.5004
  ]
  node [
    id 2
    label "Ivomioria"
    Country "Ravendal"
    Longitude 28.27931
    Internal 1
    Latitude 47.596
  ]
  node [
    id 3
    label "Ravham"
    Country "Ravendal"
    Longitude 27.38053
    Internal 1
    Latitude 65.76863
  ]
  node [
    id 4
    label "Hollenes"
    Country "Ravendal"
    Longitude 9.40609
    Internal 1
    Latitude 53.04179
  ]
  node [
    id 5
    label "Ravmimouth"
    Country "Ravendal"
    Longitude 9.8346
    Internal 1
    Latitude 51.57689
  ]
  node [
    id 6
    label "C&#244;te-d'Ouest"
    Country "Ravendal"
    Longitude 9.95189
    Internal 1
    Latitude 60.99629
  ]
  node [
    id 7
    label "Solraoria"
    Country "Ravendal"
    Longitude 26.28928
    Internal 1
    Latitude 58.19846
  ]
  node [
    id 8
    label "Jasvaford"
    Country "Ravendal"
    Longitude 11.59582
    Internal 1
    Latitude 57.49369
  ]
  node [
    id 9
    label "Internet"
    Internal 0
  ]
  node [
    id 10
    label "Internet"
    Internal 0
  ]
  node [
    id 11
    label "NordLink"
    Internal 0
  ]
  node [
    id 12
    label "IX Ravendal"
    Internal 0
  ]
  node [
    id 13
    label ""
    Internal 0
  ]
  node [
    id 14
    label "SatNet"
    Internal 0
  ]
  node [
    id 15
    label ""
    Internal 1
    hyperedge 1
  ]
  node [
    id 16
    label "Vindaton"
    Country "Ravendal"
    Longitude 9.50439
    Internal 1
    Latitude 65.02785
  ]
  node [
    id 17
    label "Ekdal"
    Country "Ravendal"
    Longitude 16.91652
    Internal 1
    Latitude 62.97827
  ]
  node [
    id 18
    label "Norleoria"
    Country "Ravendal"
    Longitude 23.10056
    Internal 1
    Latitude 59.95867
  ]
  node [
    id 19
    label "Ekrasund"
    Country "Ravendal"
    Longitude 23.71641
    Internal 1
    Latitude 58.44849
  ]
  edge [
    source 0
    target 1
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 8
    target 0
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 1
    target 5
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 3
    target 8
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 10
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 11
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 12
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 13
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 5
  ]
  edge [
    source 15
    target 6
  ]
  edge [
    source 15
    target 7
  ]
  edge [
    source 0
    target 16
  ]
  edge [
    source 1
    target 17
  ]
  edge [
    source 2
    target 18
  ]
  edge [
    source 2
    target 19
  ]
]
