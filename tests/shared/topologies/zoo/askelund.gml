graph [
  DateObtained "17/02/11"
  GeoLocation "Askelund"
  GeoExtent "Country"
  Network "Askelund"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Askelund"
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
    label "Ekwidal"
    Country "Askelund"
    Longitude 10.88686
    Internal 1
    Latitude 55.89957
  ]
  node [
    id 1
    label "Osstivik"
    Country "Askelund"
    Longitude 25.29553
    Internal 1
    Latitude 47.06491
  ]
  node [
    id 2
    label "Alstaville"
    Country "Askelund"
    Longitude 20.40083
    Internal 1
    Latitude 61.87747
  ]
  node [
    id 3
    label "&#198;r&#248;vik"
    Country "Askelund"
    Longitude 23.48158
    Internal 1
    Latitude 50.03277
  ]
  node [
    id 4
    label "Dunraberg"
    Country "Askelund"
    Longitude 4.6027
    Internal 1
    Latitude 59.29001
  ]
  node [
    id 5
    label "Alstaholm"
    Country "Askelund"
    Longitude 30.1641
    Internal 1
    Latitude 60.96876
  ]
  node [
    id 6
    label "Ravmiwald"
    Country "Askelund"
    Longitude 29.35751
    Internal 1
    Latitude 57.16291
  ]
  node [
    id 7
    label "Lommines"
    Country "Askelund"
    Longitude 24.54559
    Internal 1
    Latitude 65.94938
  ]
  node [
    id 8
    label "Alstaford"
    Country "Askelund"
    Longitude 9.01947
    Internal 1
    Latitude 66.83596
  ]
  node [
    id 9
    label "Jasdasund"
    Country "Askelund"
    Longitude 28.18054
    Internal 1
    Latitude 66.41155
  ]
  edge [
    source 0
    target 1
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 0
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
]
